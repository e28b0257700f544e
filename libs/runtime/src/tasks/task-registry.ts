/** What of a supervisor the registry needs. */
export interface InspectedSupervisor {
  readonly name: string;
  /** The tasks it holds right now. */
  inspect(): readonly object[];
}

/** The supervisors of this process, for `/debug/tasks` and the metrics. */
export class TaskRegistry {
  readonly #supervisors = new Map<string, InspectedSupervisor>();

  /** Adds a supervisor under its name. A name that is taken is a mistake and throws. */
  add(supervisor: InspectedSupervisor): void {
    if (this.#supervisors.has(supervisor.name)) {
      throw new Error(`a supervisor named ${supervisor.name} exists already`);
    }
    this.#supervisors.set(supervisor.name, supervisor);
  }

  /** What each supervisor holds right now, by its name. */
  inspect(): Readonly<Record<string, readonly object[]>> {
    return Object.fromEntries([...this.#supervisors].map(([name, it]) => [name, it.inspect()]));
  }
}
