import { SignalboxError } from '#contracts';
import type { StreamPosition, StreamSettings } from '#contracts';
import { ByteCursor } from './byte-cursor.js';
import type { Cursor } from './cursor.js';
import { EventIdCursor } from './event-id-cursor.js';
import { OrdinalCursor } from './ordinal-cursor.js';

/**
 * The cursor for a stream's settings, standing where an earlier owner stood.
 *
 * @throws {SignalboxError} `contract-violated` for settings that do not go together.
 */
export function newCursor(
  streamId: string,
  epoch: number,
  { format, resume }: Pick<StreamSettings, 'format' | 'resume'>,
  earlier?: StreamPosition,
): Cursor {
  switch (resume.by) {
    case 'event-id':
      if (format !== 'sse') throw refused('resume.by "event-id" needs format "sse"');
      return new EventIdCursor(streamId, epoch, earlier);
    case 'bytes':
      if (resume.onGap === 'latest') {
        throw refused(
          'resume.onGap "latest" is not offered with resume.by "bytes"; use "earliest" or "fail"',
        );
      }
      return new ByteCursor(streamId, earlier);
    case 'none':
      return new OrdinalCursor(streamId, epoch, earlier);
    case 'time':
      throw refused('resume.by "time" is not offered yet; use "event-id", "bytes" or "none"');
  }
}

function refused(problem: string): SignalboxError {
  return new SignalboxError('contract-violated', problem);
}
