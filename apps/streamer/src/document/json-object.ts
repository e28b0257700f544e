import { isUtf8 } from 'node:buffer';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;
const REPLACEMENT = '\uFFFD';

/** A JSON object as it was sent, and what it says. */
export interface JsonObject {
  /** Without space around it and without newlines in it; a view of the given bytes where possible. */
  readonly source: Buffer;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Reads one JSON object, and keeps its bytes: they are forwarded, not written anew. Returns what is
 * wrong when the bytes are anything else.
 */
export function readJsonObject(bytes: Buffer): JsonObject | string {
  const text = bytes.toString();
  // A replacement character is either the source's own or the decoder's: only then look again.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return 'not valid UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'JSON, but not an object';
  }
  return { source: oneLine(trimmed(bytes)), value: value as Record<string, unknown> };
}

/** Whether the bytes may be a JSON object: saves parsing text that is none. */
export function looksLikeJsonObject(bytes: Buffer): boolean {
  return bytes[startOf(bytes)] === OPENING_BRACE;
}

/** JSON's space is at most U+0020, and an object begins and ends with none. */
function trimmed(bytes: Buffer): Buffer {
  const start = startOf(bytes);
  let end = bytes.length;
  while ((bytes[end - 1] ?? SPACE + 1) <= SPACE) end -= 1;
  return end - start === bytes.length ? bytes : bytes.subarray(start, end);
}

function startOf(bytes: Buffer): number {
  let start = 0;
  while ((bytes[start] ?? SPACE + 1) <= SPACE) start += 1;
  return start;
}

/** Strings of JSON hold no newline, so every newline is space between two tokens. */
function oneLine(bytes: Buffer): Buffer {
  if (!bytes.includes(NEWLINE)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === NEWLINE ? SPACE : byte)));
}
