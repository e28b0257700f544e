import type { StreamSettings, TimeBounds } from '#contracts';
import { systemClock } from '#supervisor';
import type { Clock } from '#supervisor';
import { BadLineGuard } from '../attempt/bad-line-guard.js';
import { RateLimit } from '../attempt/rate-limit.js';
import type { Intake } from '../attempt/read-source.js';
import { DocumentMaker } from '../document/document-maker.js';
import type { RecordReader, SourceRecord } from '../format/source-record.js';
import type { Cursor } from '../position/cursor.js';
import type { PublishWindow } from '../publish/publish-window.js';

/** Shorter waits for room are the normal course of publishing, and nobody needs to hear of them. */
const THROTTLED_AFTER_MS = 1_000;

/** Hears what happens to the connection that is read. */
export interface IntakeObserver {
  begun(lost: string | undefined): void;
  received(bytes: number): void;
  /** Reading has stopped for a second because documents are not taken; then that it goes on. */
  blocked(): void;
  flowing(): void;
}

/** Makes documents of what is read from a source, and hands them to the window. */
export class StreamIntake implements Intake {
  readonly #maker: DocumentMaker;
  readonly #guard = new BadLineGuard();
  readonly #rate: RateLimit | undefined;
  readonly #cursor: Cursor;
  readonly #window: PublishWindow;
  readonly #observer: IntakeObserver;
  readonly #clock: Clock;
  #reader: RecordReader | undefined;
  #earlierRetryMs: number | undefined;

  constructor(
    settings: StreamSettings,
    bounds: TimeBounds,
    parts: {
      readonly cursor: Cursor;
      readonly window: PublishWindow;
      readonly observer: IntakeObserver;
      readonly clock?: Clock;
    },
  ) {
    this.#clock = parts.clock ?? systemClock;
    this.#maker = new DocumentMaker(settings, bounds);
    this.#rate =
      settings.rateLimit && new RateLimit(settings.rateLimit.bytesPerSecond, this.#clock);
    this.#cursor = parts.cursor;
    this.#window = parts.window;
    this.#observer = parts.observer;
  }

  /** How long the source asked to wait before a reconnect; nothing until it did. */
  get retryMs(): number | undefined {
    return this.#reader?.retryMs ?? this.#earlierRetryMs;
  }

  begun(reader: RecordReader, lost: string | undefined): void {
    this.#earlierRetryMs = this.retryMs;
    this.#reader = reader;
    this.#observer.begun(lost);
  }

  async received(bytes: number, signal: AbortSignal): Promise<void> {
    this.#observer.received(bytes);
    await this.#rate?.take(bytes, signal);
  }

  get isFull(): boolean {
    return this.#window.isFull;
  }

  async room(signal: AbortSignal): Promise<void> {
    let blocked = false;
    const timer = this.#clock.setTimer(THROTTLED_AFTER_MS, () => {
      blocked = true;
      this.#observer.blocked();
    });
    try {
      await this.#window.room(signal);
      if (blocked) this.#observer.flowing();
    } finally {
      timer.cancel();
    }
  }

  add(record: SourceRecord): void {
    const made = this.#maker.make(record);
    if ('rejected' in made) {
      this.#window.reject(made.rejected, this.#cursor.position());
      this.#guard.count(true);
      return;
    }
    const { index, source } = made.document;
    const id = this.#cursor.identify(record);
    this.#window.add({ index, id, source }, this.#cursor.position());
    this.#guard.count(false);
  }
}
