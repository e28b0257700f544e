import { DEAD_LETTER_HEADERS, type IncomingMessage } from '#broker';

const { requestedBy, firstFailedAt } = DEAD_LETTER_HEADERS;

/** Longer ones are none of ours: a W3C `tracestate` has at most 512 characters, a user of the broker 255. */
const MAX_CHARACTERS = 512;

/** What of a message's headers goes with each of its documents. */
export type KeptHeaders = Readonly<Record<string, string | number>>;

/**
 * The headers that a message's documents keep when they are published again, in another message or as dead letters: the trace they belong
 * to, who asked first, when they first failed. No others: one message may become 500 letters.
 */
export function keptHeaders({
  headers,
  userId,
}: Pick<IncomingMessage, 'headers' | 'userId'>): KeptHeaders {
  const { traceparent, tracestate } = headers;
  // What was published again carries the user of the service that did it.
  const asker = headers[requestedBy] ?? userId;
  const known = {
    traceparent,
    tracestate,
    [requestedBy]: asker,
    [firstFailedAt]: headers[firstFailedAt],
  };
  return Object.fromEntries(Object.entries(known).filter(isOurs));
}

function isOurs(header: [string, unknown]): header is [string, string | number] {
  const [, value] = header;
  return (
    Number.isSafeInteger(value) || (typeof value === 'string' && value.length <= MAX_CHARACTERS)
  );
}

/** The trace that these documents belong to; undefined when they belong to none. */
export function traceOf({ traceparent }: KeptHeaders): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}
