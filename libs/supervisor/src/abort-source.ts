/**
 * Something that can be aborted once, and stays so. What an `AbortSignal` says, at a price that
 * allows one for every wait: subscribing and leaving cost O(1), however many are subscribed.
 */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Calls `listener` when the abort comes; not if it already came. The result unsubscribes. */
  onAbort(listener: () => void): () => void;
}

/** The same view of a foreign signal. */
export class SignalSource implements AbortSource {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get aborted(): boolean {
    return this.#signal.aborted;
  }

  get reason(): unknown {
    return this.#signal.reason;
  }

  onAbort(listener: () => void): () => void {
    this.#signal.addEventListener('abort', listener, { once: true });
    return () => this.#signal.removeEventListener('abort', listener);
  }
}

/** An abort of our own. The first reason wins and never changes. */
export class Cancellation implements AbortSource {
  #listeners: Set<() => void> | undefined;
  #controller: AbortController | undefined;
  #aborted = false;
  #reason: unknown;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /**
   * Made when somebody asks: most short work never looks at it, and a controller is the dearest
   * part of a task.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Returns whether this was the first abort; a later one changes nothing. */
  abort(reason: unknown): boolean {
    if (this.#aborted) return false;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    listeners?.forEach((listener) => listener());
    return true;
  }

  onAbort(listener: () => void): () => void {
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
