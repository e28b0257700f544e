import { DEAD_LETTER_HEADERS, type OutgoingMessage } from '#broker';
import { QUEUES, definitionOf, type LiveQueueName } from '#contracts';
import type { Delivery, Letter } from './letter.js';

/** Headers of the letter's death, not of the message. `firstFailedAt` stays: it died before, should it die again. */
const OF_THE_DEATH: ReadonlySet<string> = new Set([
  DEAD_LETTER_HEADERS.code,
  DEAD_LETTER_HEADERS.message,
  DEAD_LETTER_HEADERS.queue,
  DEAD_LETTER_HEADERS.failedAt,
  // RabbitMQ's own; it writes them anew, or routes by them.
  'x-death',
  'x-delivery-count',
  'x-acquired-count',
  'CC',
  'BCC',
]);
const OF_ITS_FIRST_OR_LAST_DEATH = /^x-(first|last)-death-/;

/** Why a letter cannot be replayed, and what to do instead; undefined when it can be. */
export function notReplayable({ from, type, code }: Letter): string | undefined {
  if (code === 'type-mismatch' || code === 'sender-not-allowed') {
    return 'its sender may not have been allowed to publish what it says: discard it';
  }
  if (type === 'stream.line') {
    return 'it is a raw line of a stream, not a message: mend the source or the format of the stream, and discard the letter';
  }
  if (!isLiveQueue(from)) return `no service reads the queue ${JSON.stringify(from)} it came from`;
  if (isQuery(type)) return 'it is a question that nobody waits for any more: ask again';
  return undefined;
}

/**
 * The message of a letter as it goes to the queue it came from, and to no other that may have had it too: same id, type, body and
 * headers, attempt 1. `userId`: the AMQP user who replays it; whoever asked first stands in a header.
 */
export function replayedMessage(
  delivery: Delivery,
  letter: Letter,
  userId: string | undefined,
): OutgoingMessage {
  const { contentType, contentEncoding, headers } = delivery.properties;
  return {
    exchange: '',
    routingKey: letter.from,
    body: delivery.content,
    properties: {
      type: letter.type,
      messageId: letter.id,
      appId: 'cli',
      timestamp: Math.floor(Date.now() / 1_000),
      persistent: true,
      mandatory: true,
      ...(userId !== undefined && { userId }),
      ...(contentType !== undefined && { contentType: contentType as string }),
      ...(contentEncoding !== undefined && { contentEncoding: contentEncoding as string }),
      headers: {
        ...ofTheMessage(headers ?? {}),
        [DEAD_LETTER_HEADERS.attempt]: 1,
        ...(letter.requestedBy !== undefined && {
          [DEAD_LETTER_HEADERS.requestedBy]: letter.requestedBy,
        }),
      },
    },
  };
}

function ofTheMessage(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !OF_THE_DEATH.has(name) && !OF_ITS_FIRST_OR_LAST_DEATH.test(name),
    ),
  );
}

function isLiveQueue(name: string): name is LiveQueueName {
  return Object.values(QUEUES).some((queue) => queue.name === name && queue.kind === 'live');
}

function isQuery(type: string): boolean {
  try {
    return definitionOf(type).kind === 'query';
  } catch {
    // Of a newer version, or a sender's mistake: it may be replayed, and dies again.
    return false;
  }
}
