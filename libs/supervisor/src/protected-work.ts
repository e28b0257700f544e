import type { Clock } from './clock.js';
import { Shield } from './shield.js';
import type { Cleanup, WaitContext } from './task-context.js';
import { waitUnlessAborted } from './wait.js';
import { OwnedWaits } from './wait-context.js';

/** What protected work needs from its task. */
export interface ProtectedWorkOwner {
  readonly name: string;
  readonly clock: Clock;
  /** When the closing time is over, on the clock. */
  readonly endsAtMs: number;
  /** An error that belongs beside the outcome. */
  suppress(error: unknown): void;
  /** Some of it ended or finished. */
  protectedWorkChanged(): void;
}

/**
 * What the abort of a task does not interrupt: shields and clean-ups, each within a time of its
 * own. Work is *ended* when it returned or its time is up, and *finished* when its promise settled.
 */
export class ProtectedWork {
  readonly #owner: ProtectedWorkOwner;
  readonly #cleanups: { readonly cleanup: Cleanup }[] = [];
  #cleaning = false;
  #unended = 0;
  #unfinished = 0;

  constructor(owner: ProtectedWorkOwner) {
    this.#owner = owner;
  }

  get ended(): boolean {
    return this.#unended === 0 && !this.#cleaning;
  }

  /** How many pieces have not finished, whether their time is up or not. */
  get unfinished(): number {
    return this.#unfinished;
  }

  shield<T>(work: (within: WaitContext) => PromiseLike<T> | T, timeoutMs: number): Promise<T> {
    const owner = this.#owner;
    const shield = new Shield(owner.clock, `"${owner.name}"`, timeoutMs, (error) =>
      owner.suppress(error),
    );
    const promise = begin(work, new OwnedWaits(shield));
    this.#unended += 1;
    this.#unfinished += 1;
    // Attached before the wait: work that returns in time is finished by the time it is ended.
    const finished = (): void => this.#finished();
    promise.then(finished, finished);
    return waitUnlessAborted(
      promise,
      shield.cancellation,
      (error) => owner.suppress(error),
      () => this.#ended(shield),
    );
  }

  /** The result takes it back; once it was taken to run, that does nothing. */
  addCleanup(cleanup: Cleanup): () => void {
    const entry = { cleanup };
    this.#cleanups.push(entry);
    return () => {
      const at = this.#cleanups.lastIndexOf(entry);
      if (at >= 0) this.#cleanups.splice(at, 1);
    };
  }

  /**
   * Runs the clean-ups, those added meanwhile too, last first. One that fails does not skip the
   * rest. Never rejects.
   */
  async runCleanups(reason: Error): Promise<void> {
    if (this.#cleaning) return;
    this.#cleaning = true;
    for (let next = this.#cleanups.pop(); next; next = this.#cleanups.pop()) {
      const { cleanup } = next;
      const shareMs = this.#leftMs() / (this.#cleanups.length + 1);
      try {
        await this.shield((within) => cleanup(reason, within), shareMs);
      } catch (error) {
        this.#owner.suppress(error);
      }
    }
    this.#cleaning = false;
    this.#owner.protectedWorkChanged();
  }

  #leftMs(): number {
    return Math.max(0, this.#owner.endsAtMs - this.#owner.clock.now());
  }

  #ended(shield: Shield): void {
    shield.end();
    this.#unended -= 1;
    this.#owner.protectedWorkChanged();
  }

  #finished(): void {
    this.#unfinished -= 1;
    this.#owner.protectedWorkChanged();
  }
}

async function begin<T>(
  work: (within: WaitContext) => PromiseLike<T> | T,
  within: WaitContext,
): Promise<T> {
  return work(within);
}
