/*
 * Arrays in PostgreSQL's binary format (array_recv, and *_recv of the element). As text every quote and backslash of a
 * document would have to be escaped; here its bytes are copied once and never looked at.
 */

const TEXT_OID = 25;
const JSONB_OID = 3802;
const TIMESTAMPTZ_OID = 1184;

/** The only version of jsonb's binary format: this byte, then JSON as text. */
const JSONB_VERSION = 1;

/** PostgreSQL counts microseconds from 2000-01-01 UTC. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const MINUS_INFINITY = -(2n ** 63n);

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** A `text[]`. */
export function textArray(texts: readonly string[]): Buffer {
  let payloadBytes = 0;
  for (const text of texts) payloadBytes += Buffer.byteLength(text);
  const { array, elements } = allocate(TEXT_OID, texts.length, payloadBytes);
  let at = elements;
  for (const text of texts) {
    const bytes = array.write(text, at + LENGTH_BYTES);
    at = array.writeInt32BE(bytes, at) + bytes;
  }
  return array;
}

/** A `jsonb[]`; each element is JSON in UTF-8. */
export function jsonbArray(documents: readonly Buffer[]): Buffer {
  let payloadBytes = documents.length;
  for (const document of documents) payloadBytes += document.length;
  const { array, elements } = allocate(JSONB_OID, documents.length, payloadBytes);
  let at = elements;
  for (const document of documents) {
    at = array.writeInt32BE(document.length + 1, at);
    at = array.writeUInt8(JSONB_VERSION, at);
    at += document.copy(array, at);
  }
  return array;
}

/** A `timestamptz[]` from milliseconds since 1970; `undefined` becomes `-infinity`. */
export function timestamptzArray(times: readonly (number | undefined)[]): Buffer {
  const { array, elements } = allocate(TIMESTAMPTZ_OID, times.length, times.length * 8);
  let at = elements;
  for (const time of times) {
    at = array.writeInt32BE(8, at);
    at = array.writeBigInt64BE(time === undefined ? MINUS_INFINITY : microseconds(time), at);
  }
  return array;
}

function microseconds(time: number): bigint {
  return BigInt(Math.trunc(time) - POSTGRES_EPOCH_MS) * 1_000n;
}

/** One dimension, no nulls, subscripts from 1; the elements follow at `elements`. */
function allocate(
  oid: number,
  count: number,
  payloadBytes: number,
): { readonly array: Buffer; readonly elements: number } {
  const array = Buffer.allocUnsafe(HEADER_BYTES + count * LENGTH_BYTES + payloadBytes);
  let at = array.writeInt32BE(1, 0);
  at = array.writeInt32BE(0, at);
  at = array.writeInt32BE(oid, at);
  at = array.writeInt32BE(count, at);
  at = array.writeInt32BE(1, at);
  return { array, elements: at };
}
