import type { StreamFormat } from '#contracts';
import type { Beginning, Cursor, ResponseHead } from '../position/cursor.js';
import type { AttemptEnd } from './attempt-end.js';
import { retryAfterMs } from './retry-after.js';

/** Read the body from there, or the attempt is over. */
export type Verdict =
  { readonly read: Extract<Beginning, { kind: 'begins' }> } | { readonly end: AttemptEnd };

const BUSY = new Set([408, 425, 429]);

const JSON_TYPES =
  /^(?:application\/(?:json|ndjson|x-ndjson|jsonl|x-jsonl|jsonlines|x-jsonlines|json-lines|json-seq|stream\+json|octet-stream)|text\/(?:plain|x-ndjson))$/;
const PAGE_TYPES = /^(?:text\/html|application\/xhtml\+xml|multipart\/.*)$/;

/**
 * What a response means for the attempt: which statuses are read, which are tried again, which end
 * the stream.
 *
 * @throws {SignalboxError} what the cursor throws: the source cannot be resumed as the stream asks.
 */
export function judgeResponse(head: ResponseHead, format: StreamFormat, cursor: Cursor): Verdict {
  const { status, headers } = head;
  if (status === 204) return { end: { kind: 'no-content' } };
  if (status === 200 || status === 206) {
    const mismatch = unreadable(head, format);
    return mismatch === undefined ? begin(cursor.begin(head)) : { end: mismatch };
  }
  if (status === 416) return begin(cursor.begin(head));
  if (status === 401 || status === 403) {
    return { end: { kind: 'unauthorized', reason: `the source answered ${status}` } };
  }
  if (status === 410) return { end: { kind: 'position-lost', reason: 'the source answered 410' } };
  if (status >= 500 || BUSY.has(status)) {
    return {
      end: {
        kind: 'interrupted',
        code: 'unexpected-response',
        reason: `the source answered ${status}`,
        retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
      },
    };
  }
  return { end: { kind: 'refused', code: 'http-status', reason: refusalOf(status) } };
}

function begin(beginning: Beginning): Verdict {
  switch (beginning.kind) {
    case 'begins':
      return { read: beginning };
    case 'nothing-new':
      return { end: { kind: 'finished' } };
    case 'gone':
      return { end: { kind: 'position-lost', reason: beginning.reason } };
  }
}

function unreadable({ headers }: ResponseHead, format: StreamFormat): AttemptEnd | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding !== 'identity') {
    return wrong(`the source sends content-encoding "${encoding}" though none was asked for`);
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (!fits(type.trim(), format)) {
    return wrong(`the source sends "${type.trim()}", which is not format "${format}"`);
  }
  const charset = parameters.map((one) => /^\s*charset="?([^"\s]*)/.exec(one)?.[1]).find(Boolean);
  if (format === 'sse' || !charset || ['utf-8', 'utf8', 'us-ascii'].includes(charset))
    return undefined;
  return wrong(`the source sends charset "${charset}"; only UTF-8 is read`);
}

/** A wrong type is most often a login or error page that would flood the dead letters. */
function fits(type: string, format: StreamFormat): boolean {
  switch (format) {
    case 'sse': // The standard demands it.
      return type === 'text/event-stream';
    case 'ndjson':
      return type === '' || JSON_TYPES.test(type);
    case 'lines':
      return type !== 'text/event-stream' && !PAGE_TYPES.test(type);
  }
}

function wrong(reason: string): AttemptEnd {
  return { kind: 'refused', code: 'wrong-content-type', reason };
}

function refusalOf(status: number): string {
  if (status < 300 || status >= 400) return `the source answered ${status}`;
  return `the source answered ${status}; redirects are not followed: give the stream its final URL`;
}
