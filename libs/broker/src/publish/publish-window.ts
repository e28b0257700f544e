import { Deferred, abortable } from '#supervisor';

export interface PublishLimit {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  readonly size: number;
  readonly turn: Deferred;
}

/** Bounds what is published and not yet confirmed, in messages and in bytes; callers beyond it wait in order. */
export class PublishWindow {
  private messages = 0;
  private bytes = 0;
  private readonly queue = new Set<Waiting>();

  constructor(private readonly limit: PublishLimit) {}

  /** Takes room for one message of this size; false when there is none, or others wait for it. */
  tryEnter(size: number): boolean {
    if (this.queue.size > 0 || !this.fits(size)) return false;
    this.take(size);
    return true;
  }

  /** Waits for room for one message of this size. A message larger than the window goes alone. Throws the signal's reason. */
  async enter(size: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.tryEnter(size)) return;
    const waiting: Waiting = { size, turn: new Deferred() };
    this.queue.add(waiting);
    try {
      await (signal ? abortable(waiting.turn.promise, signal) : waiting.turn.promise);
    } catch (error) {
      // Its turn may have come in the same moment: then the room is somebody else's.
      if (this.queue.delete(waiting)) this.admit();
      else this.leave(size);
      throw error;
    }
  }

  /** Gives the room back. */
  leave(size: number): void {
    this.messages -= 1;
    this.bytes -= size;
    this.admit();
  }

  private admit(): void {
    for (const waiting of this.queue) {
      if (!this.fits(waiting.size)) return;
      this.queue.delete(waiting);
      this.take(waiting.size);
      waiting.turn.resolve();
    }
  }

  private take(size: number): void {
    this.messages += 1;
    this.bytes += size;
  }

  private fits(size: number): boolean {
    if (this.messages === 0) return true;
    return this.messages < this.limit.messages && this.bytes + size <= this.limit.bytes;
  }
}
