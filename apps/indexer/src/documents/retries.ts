import { type Clock, fullJitter, type Timer } from '#supervisor';
import type { HeldDocument } from './held-message.js';

const BACKOFF = { baseMs: 100, capMs: 5_000 };

/** Documents that are written again after a while. */
export class Retries {
  private readonly timers = new Set<Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly release: (documents: readonly HeldDocument[]) => void,
  ) {}

  /** Releases them together after a delay that grows with their failures. */
  later(documents: readonly HeldDocument[]): void {
    if (documents.length === 0) return;
    for (const document of documents) document.failures += 1;
    const most = documents.reduce((failures, document) => Math.max(failures, document.failures), 0);
    const timer = this.clock.setTimer(fullJitter(most, BACKOFF), () => {
      this.timers.delete(timer);
      this.release(documents.filter(({ isOpen }) => isOpen));
    });
    this.timers.add(timer);
  }

  /** Forgets them. */
  close(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }
}
