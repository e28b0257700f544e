import { DEAD_LETTER_HEADERS, inTrace, type Publisher } from '#broker';
import type { Logger } from '#runtime';
import { type Clock, withTimeout } from '#supervisor';
import type { HeldMessage } from './held-message.js';
import { traceOf } from './kept-headers.js';

export interface HandoverParts {
  readonly publisher: Pick<Publisher, 'publishDocuments'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long documents that cannot be written hold up their message. */
const MAX_STUCK_MS = 10_000;

const AT_ONCE = 16;
const TIMEOUT_MS = 5_000;

/**
 * Publishes what is left of messages that are stuck as new messages behind all others, so that documents which cannot be
 * written now do not hold up those that can. Their ids stay, so nothing is in an index twice, whatever crashes
 * before the old message is acknowledged. What the queue has no room for stays held. Rejects with the signal's reason only.
 */
export async function handOverStuck(
  held: Iterable<HeldMessage>,
  nowMs: number,
  parts: HandoverParts,
): Promise<void> {
  const stuck = [...held].filter(
    ({ stuckSinceMs = nowMs, isOver }) => !isOver && nowMs - stuckSinceMs >= MAX_STUCK_MS,
  );
  await Promise.all(stuck.slice(0, AT_ONCE).map((message) => handOver(message, parts)));
}

async function handOver(message: HeldMessage, parts: HandoverParts): Promise<void> {
  const { publisher, log, clock, signal } = parts;
  const left = message.documents.filter(({ isOpen }) => isOpen);
  const attempt = 1 + Math.max(...left.map(({ failedTries }) => failedTries));
  const documents = left.map(({ document }) => document);
  const headers = { ...message.headers, [DEAD_LETTER_HEADERS.attempt]: attempt };
  const publish = (signal: AbortSignal): Promise<void> =>
    inTrace(traceOf(message.headers), () =>
      publisher.publishDocuments(documents, { headers, signal }),
    );
  try {
    await withTimeout(publish, TIMEOUT_MS, {
      signal,
      clock,
      what: 'publishing stuck documents',
      onLateError: (err) =>
        log.warn({ err, messageId: message.messageId }, 'publishing stuck documents failed late'),
    });
    message.handedOver();
  } catch (error) {
    signal.throwIfAborted();
    message.stuckSinceMs = clock.now();
    log.debug({ err: error, messageId: message.messageId }, 'stuck documents stay here');
  }
}
