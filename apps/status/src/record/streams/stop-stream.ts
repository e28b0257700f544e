import { streamKey, type StopStream } from '#contracts';
import { accept, refuse } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import { answerIfRecorded } from '../commands/recorded.js';
import { CANCELLED } from '../leases/mark.js';
import type { Transition } from '../transition.js';
import { closeStream } from './close-stream.js';

/** S6: a stream that nobody follows is closed; of another one, the owner hears of it by ping. A later start goes on from its position. */
export const stopStream: Transition<StopStream> = {
  needs({ streamId }, needs, { messageId }) {
    needs.lease(streamKey(streamId));
    needs.command(streamId, messageId);
  },

  apply(set, message, context) {
    const { streamId } = message.body;
    if (answerIfRecorded(set, message, streamId)) return;
    const stream = set.stream(streamKey(streamId));
    const forbidden = commandRefusal(message, context);
    if (forbidden) return refuse(set, message, streamId, forbidden);
    if (!stream) {
      const reason = `no stream ${streamId} is recorded; a stop is not remembered`;
      return refuse(set, message, streamId, { code: 'not-found', reason });
    }
    accept(set, message, streamId);
    if (stream.closed) return;
    stream.wanted = false;
    set.changes.streams.add(stream);
    if (stream.owner === null) return closeStream(set, stream, CANCELLED, context.nowMs);
    stream.mark = CANCELLED;
    set.changes.leases.add(stream);
  },
};
