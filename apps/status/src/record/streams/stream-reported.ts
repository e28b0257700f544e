import type { StreamReport } from '#contracts';
import { close, vacate } from '../leases/lease.js';
import { STATUS, type RecordMessage } from '../message.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { addCounters, type Stream } from './stream.js';

/** S5: what the owner of a stream says about it. What a former owner says changes nothing. */
export const streamReported: Transition<StreamReport> = {
  needs({ key }, needs) {
    needs.lease(key);
  },

  apply(set, message, { nowMs }) {
    takeDown(set, message, nowMs);
  },
};

/**
 * S5: the owner has stopped, or cannot go on, which closes the stream. Where a newer start waits (revoked, and no stop came
 * after it), it counts as released: the next owner begins with the new settings.
 */
export const streamEnded: Transition<StreamReport> = {
  needs({ key }, needs) {
    needs.lease(key);
  },

  apply(set, message, { nowMs }) {
    const stream = takeDown(set, message, nowMs);
    if (!stream) return;
    set.changes.leases.add(stream);
    set.changes.due.add(stream);
    if (stream.revoked && stream.mark === null) {
      vacate(stream);
      stream.due = true;
      stream.state = 'idle';
      set.effects.due = true;
    } else {
      close(stream, null, nowMs);
      stream.wanted = false;
    }
  },
};

/** Records a report of the present owner; returns the stream if it counts. */
function takeDown(
  set: WorkingSet,
  { type, body, appId }: RecordMessage<StreamReport>,
  nowMs: number,
): Stream | undefined {
  // What status told watchers about a stream that it closed itself.
  if (appId === STATUS) return undefined;
  const { key: aggregate, epoch, seq } = body;
  const stream = set.stream(aggregate);
  const superseded = !stream || stream.closed || stream.epoch !== epoch;
  set.changes.events.push({ aggregate, epoch, seq, type, body, superseded });
  if (superseded) {
    set.effects.superseded += 1;
    return undefined;
  }
  if (!applyReport(stream, body)) return undefined;
  stream.state = body.state;
  stream.code = body.code ?? null;
  stream.reason = body.reason ?? null;
  stream.changedAtMs = nowMs;
  set.changes.streams.add(stream);
  if (stream.takeovers > 0 && type === 'stream.checkpointed') {
    stream.takeovers = 0;
    set.changes.leases.add(stream);
  }
  return stream;
}

/** How far the stream is, where this word is newer than what is known; false where it is not. */
export function applyReport(
  stream: Stream,
  { epoch, seq, position, counters }: StreamReport,
): boolean {
  if (epoch === stream.eventEpoch && seq <= stream.eventSeq) return false;
  if (epoch > stream.eventEpoch) {
    stream.countersBefore = addCounters(stream.countersBefore, stream.counters);
  }
  stream.eventEpoch = epoch;
  stream.eventSeq = seq;
  stream.position = position ?? stream.position;
  stream.counters = counters;
  return true;
}
