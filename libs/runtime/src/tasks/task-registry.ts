import type { Inspection } from '#supervisor';

/** What of a supervisor the registry needs. */
export interface InspectedSupervisor {
  inspect(): Inspection;
  /** Why it cannot do its work because of tasks that do not stop; undefined when it can. */
  health?(): string | undefined;
}

/** The supervisors of this process, for `/debug/tasks`, the metrics and the health. */
export class TaskRegistry {
  readonly #supervisors = new Set<InspectedSupervisor>();

  /** Adds a supervisor; a second time changes nothing. */
  add(supervisor: InspectedSupervisor): void {
    this.#supervisors.add(supervisor);
  }

  /** Forgets a supervisor, for one that lives shorter than the process. */
  remove(supervisor: InspectedSupervisor): void {
    this.#supervisors.delete(supervisor);
  }

  /** What each supervisor holds right now, in the order they were added. */
  inspect(): readonly Inspection[] {
    return [...this.#supervisors].map((supervisor) => supervisor.inspect());
  }

  /** Undefined while every supervisor can do its work, else which ones cannot, and why. */
  trouble(): string | undefined {
    const troubles = [...this.#supervisors].flatMap((supervisor) => {
      const trouble = supervisor.health?.();
      return trouble === undefined ? [] : [`${supervisor.inspect().name}: ${trouble}`];
    });
    return troubles.length === 0 ? undefined : troubles.join('; ');
  }
}
