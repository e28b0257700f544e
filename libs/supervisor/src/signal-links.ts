/** Somebody who must hear of a signal's abort. */
export interface SignalFollower {
  cancel(reason: unknown): unknown;
}

/**
 * The signals of other owners that tasks follow. However many tasks share a signal, it carries one
 * listener, which goes when the last of them unlinks: adding a listener to an `AbortSignal` costs
 * time in proportion to those it has.
 */
export class SignalLinks {
  readonly #links = new Map<AbortSignal, Link>();

  link(signal: AbortSignal, follower: SignalFollower): void {
    let link = this.#links.get(signal);
    if (link === undefined) {
      link = new Link(signal);
      this.#links.set(signal, link);
    }
    link.followers.add(follower);
  }

  /** Does nothing for a follower that is not linked. */
  unlink(signal: AbortSignal, follower: SignalFollower): void {
    const link = this.#links.get(signal);
    if (link === undefined || !link.followers.delete(follower)) return;
    if (link.followers.size > 0) return;
    link.remove();
    this.#links.delete(signal);
  }
}

class Link {
  readonly followers = new Set<SignalFollower>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    for (const follower of this.followers) follower.cancel(this.#signal.reason);
  }

  remove(): void {
    this.#signal.removeEventListener('abort', this);
  }
}
