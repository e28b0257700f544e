import { type Body, Supervisor } from '#supervisor';

const MAX_AT_ONCE = 1_000;

/** What a played part of the world answers by itself, while nobody waits for it: each answer is a task. */
export class Answers {
  readonly #errors: unknown[] = [];
  readonly #tasks: Supervisor;

  /** @param whose stands in the name of the supervisor. */
  constructor(whose: string) {
    this.#tasks = new Supervisor({
      name: `answers of ${whose}`,
      limit: MAX_AT_ONCE,
      onOutcome: (outcome) => {
        if (outcome.status === 'failed') this.#errors.push(outcome.error);
      },
    });
  }

  /** Begins to answer, before it returns; after `close` it does nothing. */
  begin(name: string, answer: Body<unknown>): void {
    this.#tasks.trySpawn(name, answer);
  }

  /** Tells the answers to end, and waits for that, 5 s at most. Throws what they threw. Idempotent. */
  async close(): Promise<void> {
    await this.#tasks.close();
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'an answer failed');
  }
}
