import { streamKey, type StartStream, type StreamSettings } from '#contracts';
import { accept, refuse } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import { answerIfRecorded } from '../commands/recorded.js';
import { requestedBy } from '../message.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { NOTHING_COUNTED, type Stream } from './stream.js';

const DAY_MS = 86_400_000;
const TEN_YEARS_MS = 3_652 * DAY_MS;

/**
 * S2: a start whose message id was never recorded is a new start of the stream: it brings its settings, and clears a stop.
 * A stream that somebody follows is revoked, so that its owner lets go and the next one begins with them.
 */
export const startStream: Transition<StartStream> = {
  needs({ streamId }, needs, { messageId }) {
    needs.lease(streamKey(streamId));
    needs.command(streamId, messageId);
  },

  apply(set, message, context) {
    const { streamId } = message.body;
    if (answerIfRecorded(set, message, streamId)) return;
    const forbidden = commandRefusal(message, context);
    if (forbidden) return refuse(set, message, streamId, forbidden);
    accept(set, message, streamId);
    const stream = set.stream(streamKey(streamId)) ?? newStream(set, message.body, context.nowMs);
    stream.startNumber += 1;
    stream.settings = settingsOf(message.body);
    stream.requestedBy = requestedBy(message);
    stream.traceparent = message.traceparent ?? null;
    stream.bounds = { from: context.nowMs - TEN_YEARS_MS, to: context.nowMs + DAY_MS };
    stream.wanted = true;
    stream.mark = null;
    stream.takeovers = 0;
    if (stream.closed) reopen(set, stream, context.nowMs);
    else if (stream.owner !== null) stream.revoked = true;
    set.changes.leases.add(stream);
    set.changes.streams.add(stream);
  },
};

function reopen(set: WorkingSet, stream: Stream, nowMs: number): void {
  stream.closed = false;
  stream.ending = null;
  stream.closedAtMs = null;
  stream.epoch += 1;
  stream.due = true;
  stream.state = 'idle';
  stream.code = null;
  stream.reason = null;
  stream.changedAtMs = nowMs;
  set.changes.due.add(stream);
  set.effects.due = true;
}

function newStream(set: WorkingSet, body: StartStream, nowMs: number): Stream {
  const stream: Stream = {
    kind: 'stream',
    key: streamKey(body.streamId),
    streamId: body.streamId,
    startNumber: 0,
    settings: settingsOf(body),
    requestedBy: '',
    traceparent: null,
    wanted: true,
    bounds: { from: nowMs, to: nowMs },
    state: 'idle',
    code: null,
    reason: null,
    position: null,
    counters: NOTHING_COUNTED,
    countersBefore: NOTHING_COUNTED,
    eventEpoch: 0,
    eventSeq: 0,
    changedAtMs: nowMs,
    epoch: 1,
    owner: null,
    due: true,
    mark: null,
    revoked: false,
    closed: false,
    ending: null,
    closedAtMs: null,
    takeovers: 0,
  };
  set.addLease(stream);
  set.changes.newLeases.add(stream);
  set.changes.newStreams.add(stream);
  set.effects.due = true;
  return stream;
}

function settingsOf(body: StartStream): StreamSettings {
  const { streamId: _, ...settings } = body;
  return settings;
}
