import type { Line } from './line-splitter.js';

/**
 * One thing that stands between two delimiters of a body: a line, or an event of an event stream
 * (its data).
 */
export interface SourceRecord extends Line {
  /** What an event stream says beside the data. */
  readonly event?: EventFields;
}

/** The fields of an event other than its data. */
export interface EventFields {
  /** The `event` field; empty when the event has none. */
  readonly type: string;
  /** The last event id as it stands after this event; empty when there is none. */
  readonly lastEventId: string;
  /** Which event under this last event id it is: 0 for the one that set the id. */
  readonly ordinal: number;
}

/**
 * Cuts a body into records. Write a chunk, then read until nothing comes; only then write the next.
 * A reader may stop between two reads for as long as it likes.
 */
export interface RecordReader {
  /** Offset in the body behind the last record read (or skipped): where reading can go on. */
  readonly position: number;
  /** Event streams: the last complete event's id; empty when there is none. */
  readonly lastEventId?: string;
  /** Event streams: how long the source asked to wait before a reconnect. */
  readonly retryMs?: number | undefined;
  write(chunk: Buffer): void;
  read(): SourceRecord | undefined;
  /** What a clean end of the body makes a record of, once; to be called after everything was read. */
  end(): SourceRecord | undefined;
}
