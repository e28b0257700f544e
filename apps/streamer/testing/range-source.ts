import type { IncomingMessage, ServerResponse } from 'node:http';
import { sleep } from '#supervisor';
import { reset, writeAlone } from './test-source.js';
import type { Answer } from './test-source.js';

/** How the source treats one connection. */
export interface RangeBehaviour {
  /** Reset the connection after so many bytes of the answer (default: to the end). */
  readonly resetAfterBytes?: number;
}

/**
 * Serves one representation with a strong ETag, as RFC 9110 has it: a range when the tag of
 * `If-Range` is still right, else the whole. Each connection is treated as the next entry of the list
 * says; past its end, connections are left alone.
 */
export function rangeSource(
  body: Buffer,
  behaviours: readonly RangeBehaviour[] = [],
  etag = '"v1"',
): Answer {
  let connection = 0;
  return async (response, request) => {
    const behaviour = behaviours[connection] ?? {};
    connection += 1;
    const start = startOf(request, etag);
    if (start !== undefined && start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const rest = body.subarray(start ?? 0);
    response.writeHead(start === undefined ? 200 : 206, {
      etag,
      'content-type': 'application/x-ndjson',
      'content-length': rest.length,
      ...(start !== undefined && {
        'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
      }),
    });
    await send(response, rest, behaviour.resetAfterBytes);
  };
}

function startOf({ headers }: IncomingMessage, etag: string): number | undefined {
  const start = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  return start !== undefined && headers['if-range'] === etag ? Number(start) : undefined;
}

async function send(
  response: ServerResponse,
  rest: Buffer,
  resetAfterBytes = Infinity,
): Promise<void> {
  if (resetAfterBytes >= rest.length) {
    response.end(rest);
    return;
  }
  await writeAlone(response, rest.subarray(0, resetAfterBytes));
  reset(response);
}

const PIECE_EVERY_MS = 10;

/** The same, piece by piece, so that something can happen in the middle. */
export function slowRangeSource(body: Buffer, pieceBytes: number, etag = '"v1"'): Answer {
  return async (response, request) => {
    const start = startOf(request, etag);
    response.writeHead(start === undefined ? 200 : 206, {
      etag,
      'content-type': 'application/x-ndjson',
      ...(start !== undefined && {
        'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
      }),
    });
    for (let at = start ?? 0; at < body.length && !response.destroyed; at += pieceBytes) {
      response.write(body.subarray(at, at + pieceBytes));
      await sleep(PIECE_EVERY_MS);
    }
    response.end();
  };
}
