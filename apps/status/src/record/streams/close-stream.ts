import { StreamFailed, StreamStopped } from '#contracts';
import { close } from '../leases/lease.js';
import type { Ending } from '../leases/mark.js';
import type { WorkingSet } from '../working-set.js';
import type { Stream } from './stream.js';

/** Closes a stream that nobody follows: stopped, or failed where owner after owner vanished. Watchers hear of it from here. */
export function closeStream(set: WorkingSet, stream: Stream, ending: Ending, nowMs: number): void {
  const failed = ending.outcome === 'lost';
  close(stream, ending, nowMs);
  stream.wanted = false;
  stream.state = failed ? 'failed' : 'stopped';
  stream.code = failed ? ending.code : null;
  stream.reason = null;
  stream.changedAtMs = nowMs;
  set.changes.leases.add(stream);
  set.changes.due.add(stream);
  set.changes.streams.add(stream);
  const { key, epoch, state, position, counters, code } = stream;
  set.effects.announce(stream, failed ? StreamFailed : StreamStopped, {
    key,
    epoch,
    seq: stream.eventSeq + 1,
    state,
    ...(position !== null && { position }),
    counters,
    ...(code !== null && { code }),
  });
}
