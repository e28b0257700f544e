import { SignalboxError } from '#contracts';
import type { StreamFormat } from '#contracts';
import { EventReader } from '../format/event-reader.js';
import { LineReader } from '../format/line-reader.js';
import type { RecordReader, SourceRecord } from '../format/source-record.js';
import type { Cursor } from '../position/cursor.js';
import type { AllowedHosts } from '#runtime';
import { openResponse } from '../source/source-response.js';
import type { SourceRequest, SourceResponse } from '../source/source-response.js';
import type { AttemptEnd } from './attempt-end.js';
import { judgeResponse } from './judge-response.js';

/** Takes what is read from a source. */
export interface Intake {
  /** The source answered, and its body is read. `lost` says that what came before it is gone. */
  begun(reader: RecordReader, lost: string | undefined): void;
  /** So many bytes came, of which no record was added yet. Waits while they come too fast. */
  received(bytes: number, signal: AbortSignal): Promise<void>;
  /** Nothing may be added now: wait in `room`. */
  readonly isFull: boolean;
  room(signal: AbortSignal): Promise<void>;
  add(record: SourceRecord): void;
}

/** One connection to a source. */
export interface Attempt {
  /** Builds the request: called once, at the beginning. */
  readonly request: () => Promise<SourceRequest>;
  readonly allowed: AllowedHosts;
  readonly format: StreamFormat;
  readonly maxLineBytes: number;
  readonly cursor: Cursor;
  readonly intake: Intake;
}

/**
 * Connects, asks the source to go on where the cursor stands, reads until the connection ends, and
 * says how it ended. It owns the socket: when the promise settles, the socket is gone. Aborting the
 * signal ends it at any point.
 *
 * Rejects only on a defect: what source, allow-list and sink refuse is an end.
 */
export async function readSource(attempt: Attempt, signal: AbortSignal): Promise<AttemptEnd> {
  let response: SourceResponse | undefined;
  try {
    response = await openResponse(await attempt.request(), attempt.allowed, signal);
    const verdict = judgeResponse(response, attempt.format, attempt.cursor);
    if ('end' in verdict) return verdict.end;
    const reader = newReader(attempt, verdict.read.offset);
    attempt.cursor.follow(reader);
    attempt.intake.begun(reader, verdict.read.lost);
    await readBody(response, reader, attempt.intake, signal);
    return { kind: 'finished' };
  } catch (error) {
    return endOf(error, signal);
  } finally {
    await response?.close();
  }
}

async function readBody(
  response: SourceResponse,
  reader: RecordReader,
  intake: Intake,
  signal: AbortSignal,
): Promise<void> {
  for (let chunk = await response.next(); chunk !== undefined; chunk = await response.next()) {
    await intake.received(chunk.length, signal);
    reader.write(chunk);
    await takeRecords(() => reader.read(), intake, signal);
  }
  await takeRecords(() => reader.end(), intake, signal);
}

/** Waits before it reads: the cursor stands behind what was read, so that must be added at once. */
async function takeRecords(
  read: () => SourceRecord | undefined,
  intake: Intake,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    while (intake.isFull) await intake.room(signal);
    const record = read();
    if (record === undefined) return;
    intake.add(record);
  }
}

function newReader({ format, maxLineBytes, cursor }: Attempt, offset: number): RecordReader {
  if (format !== 'sse') return new LineReader({ maxLineBytes, offset });
  const lastEventId = cursor.position()?.eventId ?? '';
  return new EventReader({ maxLineBytes, offset, lastEventId });
}

function endOf(error: unknown, signal: AbortSignal): AttemptEnd {
  if (signal.aborted) return { kind: 'aborted' };
  if (!(error instanceof SignalboxError)) throw error;
  const { code, message: reason, retryable } = error;
  return { kind: retryable ? 'interrupted' : 'refused', code, reason };
}
