import { CancelledError } from '#contracts';
import type { IndexDocument, StreamPosition } from '#contracts';
import { Gate, SpawnRefusedError, systemClock } from '#supervisor';
import type { Clock, Supervisor, TaskContext, Timer } from '#supervisor';
import type { RejectedRecord } from '../document/rejected-record.js';
import { Batch } from './batch.js';
import type { BatchSink } from './batch-sink.js';

/** A batch is sent at the latest so long after its first record. */
const MAX_DELAY_MS = 200;
/** So many batches may be unconfirmed before reading stops. */
export const MAX_UNCONFIRMED = 16;

/** What was newly confirmed, without a hole before it. */
export interface Confirmation {
  readonly position: StreamPosition | undefined;
  readonly documents: number;
  readonly rejected: number;
}

export interface PublishWindowOptions {
  /** Stands in the names of the tasks. */
  readonly streamId: string;
  readonly sink: BatchSink;
  /** Runs a task for each batch that is unconfirmed: at most {@link MAX_UNCONFIRMED}, plus those that are being given up. */
  readonly tasks: Supervisor;
  /** Called each time the position that is safe to go on from moved, in order. */
  readonly onConfirmed: (confirmation: Confirmation) => void;
  readonly clock?: Clock;
}

/**
 * Publishes a stream's records in batches, a bounded number at once, and knows up to where all of
 * them are confirmed.
 *
 * Whoever adds first looks at {@link isFull} and waits in {@link room}; that stops the reading of
 * the source. A batch is never merged or split once it was sent: {@link resume} sends the same again.
 * An error of the sink ends the window for good: waiting in `room` or `settled` throws it.
 */
export class PublishWindow {
  readonly #streamId: string;
  readonly #sink: BatchSink;
  readonly #tasks: Supervisor;
  readonly #onConfirmed: (confirmation: Confirmation) => void;
  readonly #clock: Clock;
  /** Open while another batch may be sent. */
  readonly #room = new Gate({ open: true });
  /** Open while everything that was added is confirmed. */
  readonly #settled = new Gate({ open: true });
  readonly #sent: Batch[] = [];
  #open: Batch | undefined;
  #batches = 0;
  #due = false;
  #ended = false;
  #timer: Timer | undefined;
  #publishing: AbortController | undefined = new AbortController();

  constructor(options: PublishWindowOptions) {
    this.#streamId = options.streamId;
    this.#sink = options.sink;
    this.#tasks = options.tasks;
    this.#onConfirmed = options.onConfirmed;
    this.#clock = options.clock ?? systemClock;
  }

  /** Nothing more may be added now. */
  get isFull(): boolean {
    return !this.#room.isOpen;
  }

  /** Resolves when something may be added; check {@link isFull} again. */
  room(signal: AbortSignal): Promise<void> {
    return this.#room.wait(signal);
  }

  /** Adds a document; `position` is where reading goes on behind it. */
  add(document: IndexDocument, position: StreamPosition | undefined): void {
    if (this.#open !== undefined && !this.#open.fits(document)) this.#send();
    const batch = this.#openBatch();
    batch.add(document);
    this.#added(batch, position);
  }

  /** Adds a record that became no document. */
  reject(record: RejectedRecord, position: StreamPosition | undefined): void {
    const batch = this.#openBatch();
    batch.reject(record);
    this.#added(batch, position);
  }

  /** Sends what has gathered; `position` is where reading stands, behind what made no record too. */
  flush(position: StreamPosition | undefined): void {
    const last = this.#open ?? this.#sent.at(-1);
    if (last !== undefined) last.position = position;
    else this.#onConfirmed({ position, documents: 0, rejected: 0 });
    this.#sendWhenPossible();
  }

  /** Resolves when everything that was added is confirmed. Flush first. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.#settled.wait(signal);
  }

  /**
   * Publishes nothing more until {@link resume}: what is on its way is given up, and kept to be sent
   * again. Nothing may be added meanwhile.
   */
  suspend(): void {
    this.#publishing?.abort(new CancelledError('publishing is suspended'));
    this.#publishing = undefined;
    this.#update();
  }

  /** Sends again, in order, what is not confirmed, and goes on. Without a suspension it does nothing. */
  resume(): void {
    if (this.#ended || this.#publishing !== undefined) return;
    this.#publishing = new AbortController();
    for (const batch of this.#sent) if (!batch.confirmed) this.#publish(batch);
    this.#update();
    if (this.#due) this.#sendWhenPossible();
  }

  /** Ends the window: what is not confirmed is given up, and whoever waits gets the reason thrown. */
  end(reason: unknown): void {
    this.#ended = true;
    this.#publishing?.abort(reason);
    this.#publishing = undefined;
    this.#timer?.cancel();
    this.#room.fail(reason);
    this.#settled.fail(reason);
  }

  #openBatch(): Batch {
    if (this.#open === undefined) {
      this.#batches += 1;
      this.#open = new Batch(this.#batches);
      this.#settled.close();
      this.#timer = this.#clock.setTimer(MAX_DELAY_MS, () => this.#sendWhenPossible());
    }
    return this.#open;
  }

  #added(batch: Batch, position: StreamPosition | undefined): void {
    batch.position = position;
    if (batch.isFull) this.#sendWhenPossible();
  }

  #sendWhenPossible(): void {
    if (this.#open === undefined) return;
    if (this.#room.isOpen) this.#send();
    else this.#due = true;
  }

  #send(): void {
    const batch = this.#open;
    if (batch === undefined || this.#publishing === undefined) return;
    this.#timer?.cancel();
    this.#open = undefined;
    this.#due = false;
    this.#sent.push(batch);
    this.#publish(batch);
    this.#update();
  }

  #publish(batch: Batch): void {
    if (this.#publishing === undefined) return;
    const name = `publish batch ${batch.number} of stream ${this.#streamId}`;
    const body = ({ signal }: TaskContext): Promise<void> => this.#untilConfirmed(batch, signal);
    const task = this.#tasks.trySpawn(name, body, { signal: this.#publishing.signal });
    if (typeof task === 'string') this.end(new SpawnRefusedError(this.#tasks.name, name, task));
  }

  /** What goes wrong ends the window, unless publishing was given up. */
  async #untilConfirmed(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      if (batch.documents.length > 0) await this.#sink.publish(batch.documents, signal);
      if (batch.rejected.length > 0) await this.#sink.bury(batch.rejected, signal);
    } catch (error) {
      if (!signal.aborted) this.end(error);
      throw error;
    }
    batch.confirmed = true;
    this.#advance();
  }

  /** Only what has no hole before it is safe to go on from. */
  #advance(): void {
    let position: StreamPosition | undefined;
    let documents = 0;
    let rejected = 0;
    while (this.#sent[0]?.confirmed === true) {
      const batch = this.#sent.shift();
      position = batch?.position;
      documents += batch?.documents.length ?? 0;
      rejected += batch?.rejected.length ?? 0;
    }
    if (documents + rejected === 0) return;
    this.#onConfirmed({ position, documents, rejected });
    this.#update();
    if (this.#due) this.#sendWhenPossible();
  }

  #update(): void {
    if (this.#sent.length < MAX_UNCONFIRMED && this.#publishing !== undefined) this.#room.open();
    else this.#room.close();
    if (this.#sent.length === 0 && this.#open === undefined) this.#settled.open();
  }
}
