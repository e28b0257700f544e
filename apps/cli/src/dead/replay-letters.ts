import { UnroutableError } from '#broker';
import { InvalidMessageError } from '#contracts';
import { sleep } from '#supervisor';
import type { Session } from '../broker/session.js';
import type { FoundLetter } from './change-letters.js';
import { replayedMessage } from './replayed-message.js';

/** How many replays may be unconfirmed. */
const AT_ONCE = 50;

/** Who hears what becomes of each letter. */
export interface ChangeListener {
  done(letter: FoundLetter): void;
  /** It stays where it is: the broker has no queue for it, or cannot take it. */
  failed(letter: FoundLetter, error: Error): void;
  /** The queue it goes to is full; it is tried again until it is taken. */
  refused(letter: FoundLetter): void;
}

/** Publishes letters again, at most `perSecond`. */
export class Replay {
  private readonly startedAt = performance.now();
  private sent = 0;

  constructor(
    private readonly session: Session,
    private readonly perSecond: number,
    private readonly listener: ChangeListener,
  ) {}

  /**
   * Removes each letter once the broker has confirmed its replay, and not before: cut off between the two, it is replayed twice,
   * which the ids of messages make harmless. Throws the signal's reason, or what makes every replay impossible.
   */
  async run(
    letters: readonly FoundLetter[],
    remove: (letter: FoundLetter) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const size = Math.max(1, Math.min(AT_ONCE, Math.floor(this.perSecond / 20)));
    for (let at = 0; at < letters.length; at += size) {
      await this.pace(signal);
      const batch = letters.slice(at, at + size);
      this.sent += batch.length;
      const ends = await Promise.allSettled(
        batch.map((letter) => this.replay(letter, remove, signal)),
      );
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
  }

  private async replay(
    found: FoundLetter,
    remove: (letter: FoundLetter) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { session, listener } = this;
    const message = replayedMessage(found.delivery, found.letter, session.amqpUser);
    try {
      await session.broker.publisher.send(message, signal, () => listener.refused(found));
    } catch (error) {
      // Anything else befalls the others, too.
      if (!(error instanceof UnroutableError || error instanceof InvalidMessageError)) throw error;
      return listener.failed(found, error);
    }
    remove(found);
    listener.done(found);
  }

  private async pace(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const dueMs = this.startedAt + (this.sent / this.perSecond) * 1_000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, signal);
  }
}
