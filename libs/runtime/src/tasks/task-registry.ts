import type { Inspection } from '#supervisor';

/** What of a supervisor the registry needs. */
export interface InspectedSupervisor {
  inspect(): Inspection;
}

/** The supervisors of this process, for `/debug/tasks` and the metrics. */
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
}
