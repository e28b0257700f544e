import { messageOf } from '#supervisor';

/** Undefined when all is well, else the reason it is not, as a person wants to read it. */
export type HealthCheck = () => string | undefined;

/** What makes the service ready or not. */
export class HealthRegistry {
  readonly #checks = new Map<string, HealthCheck>();

  /**
   * Adds a check under a name (`database`, `broker`). It is called for every question, so it must be quick and
   * have no side effect. One that throws counts as not well. A name that is taken is a mistake and throws.
   */
  register(name: string, check: HealthCheck): void {
    if (this.#checks.has(name)) throw new Error(`a health check named ${name} exists already`);
    this.#checks.set(name, check);
  }

  /** What every check says now, in the order of registration. */
  check(): ReadonlyMap<string, string | undefined> {
    return new Map([...this.#checks].map(([name, check]) => [name, safely(check)]));
  }

  /** The reasons why the service is not ready, by name; empty when it is. */
  troubles(): ReadonlyMap<string, string> {
    const down = [...this.check()].filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return new Map(down);
  }
}

function safely(check: HealthCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return `the check failed: ${messageOf(error)}`;
  }
}
