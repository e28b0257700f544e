import type { StreamGrant } from '#contracts';
import type { WorkingSet } from '../working-set.js';
import type { Stream } from './stream.js';

/** What the owner of a stream is told with its grant: the newest start, and where to go on. */
export function grantStream(
  set: WorkingSet,
  stream: Stream,
  nowMs: number,
  time: 'first' | 'repeat',
): { readonly requestedBy: string; readonly paused: boolean; readonly stream: StreamGrant } {
  if (time === 'first') {
    stream.state = 'acquiring';
    stream.changedAtMs = nowMs;
    set.changes.streams.add(stream);
  }
  const { settings, position, bounds, requestedBy } = stream;
  return {
    requestedBy,
    paused: false,
    stream: { settings, ...(position !== null && { position }), bounds },
  };
}
