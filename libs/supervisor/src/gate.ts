import { SignalSource } from './abort-source.js';
import { Deferred } from './deferred.js';

/**
 * A level that many may wait for, such as "connected" or "not blocked": open or closed, as often as
 * needed, until it fails for good. Starts closed unless told otherwise.
 */
export class Gate {
  readonly #waiters = new Set<Deferred>();
  #open: boolean;
  #failure: { readonly error: unknown } | undefined;

  constructor({ open = false }: { readonly open?: boolean } = {}) {
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Lets everyone through who waits or comes. Does nothing when open or failed. */
  open(): void {
    if (this.#failure !== undefined) return;
    this.#open = true;
    this.#release((waiter) => waiter.resolve());
  }

  /** Makes everyone wait who comes from now on. */
  close(): void {
    this.#open = false;
  }

  /**
   * Closes the gate for good: everyone who waits or comes is rejected with `error`. The first
   * failure stays.
   */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#open = false;
    this.#failure = { error };
    this.#release((waiter) => waiter.reject(error));
  }

  /**
   * Resolves once the gate is open (at once, when it is), rejects with `signal.reason` as soon as
   * `signal` is aborted, or with the error of `fail`. A waiter that is aborted leaves nothing
   * behind. The gate may have closed again by the time the caller's code runs: check `isOpen` where
   * that matters.
   */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#open) return;
    const waiter = new Deferred();
    const unsubscribe =
      signal && new SignalSource(signal).onAbort(() => waiter.reject(signal.reason));
    this.#waiters.add(waiter);
    try {
      await waiter.promise;
    } finally {
      this.#waiters.delete(waiter);
      unsubscribe?.();
    }
  }

  #release(settle: (waiter: Deferred) => void): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    waiters.forEach(settle);
  }
}
