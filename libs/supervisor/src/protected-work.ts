import type { Clock } from './clock.js';
import { Line } from './line.js';
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
  partEnded(): void;
}

/**
 * What the abort of a task does not interrupt: shields and clean-ups, each within a time of its
 * own. Work is *ended* when it returned or its time is up, and *finished* when its promise settled.
 */
export class ProtectedWork {
  readonly #owner: ProtectedWorkOwner;
  readonly #cleanups = new Line<Cleanup>();
  readonly #shields = new Set<Shield>();
  #cleaning = false;
  #unfinished = 0;

  constructor(owner: ProtectedWorkOwner) {
    this.#owner = owner;
  }

  get ended(): boolean {
    return this.#shields.size === 0 && !this.#cleaning;
  }

  /** How many pieces have not finished, whether their time is up or not. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Whether all of it is over, and nothing more will begin. */
  get finished(): boolean {
    return this.#unfinished === 0 && !this.#cleaning;
  }

  shield<T>(work: (within: WaitContext) => PromiseLike<T> | T, timeoutMs: number): Promise<T> {
    const owner = this.#owner;
    const shield = new Shield(owner.clock, `"${owner.name}"`, timeoutMs, (error) =>
      owner.suppress(error),
    );
    // Counted before the work begins: that may end what else its task waits for.
    this.#shields.add(shield);
    this.#unfinished += 1;
    const promise = begin(work, new OwnedWaits(shield));
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
    const place = this.#cleanups.push(cleanup);
    return () => this.#cleanups.remove(place);
  }

  /**
   * Runs the clean-ups, those added meanwhile too, last first. One that fails does not skip the
   * rest. Never rejects.
   */
  async runCleanups(reason: Error): Promise<void> {
    if (this.#cleaning) return;
    this.#cleaning = true;
    for (let cleanup = this.#cleanups.pop(); cleanup; cleanup = this.#cleanups.pop()) {
      const clean = cleanup;
      const shareMs = this.#leftMs() / (this.#cleanups.size + 1);
      try {
        await this.shield((within) => clean(reason, within), shareMs);
      } catch (error) {
        this.#owner.suppress(error);
      }
    }
    this.#cleaning = false;
    this.#owner.partEnded();
  }

  /** The task is given up: its shields end now, whatever time they have left. */
  giveUp(reason: unknown): void {
    for (const shield of this.#shields) shield.giveUp(reason);
  }

  #leftMs(): number {
    return Math.max(0, this.#owner.endsAtMs - this.#owner.clock.now());
  }

  #ended(shield: Shield): void {
    shield.end();
    this.#shields.delete(shield);
    this.#owner.partEnded();
  }

  #finished(): void {
    this.#unfinished -= 1;
    this.#owner.partEnded();
  }
}

async function begin<T>(
  work: (within: WaitContext) => PromiseLike<T> | T,
  within: WaitContext,
): Promise<T> {
  return work(within);
}
