import { hash } from 'node:crypto';
import { InvalidMessageError } from '../errors/invalid-message-error.js';
import { refuseTooLarge } from '../checking/decode-json.js';
import { isPlainObject } from '../fields/collections.js';
import { isIndexName } from '../fields/names.js';

/** How many documents a publisher puts into one message at most; what is read is bounded by its bytes alone. */
export const MAX_DOCUMENTS_PER_MESSAGE = 500;

/** How many bytes a publisher puts into one message at most; a larger document travels alone. */
export const MAX_DOCUMENT_BATCH_BYTES = 256 * 1024;

/** Stores limit an id to this. */
export const MAX_DOCUMENT_ID_BYTES = 512;

const ID_CHARACTERS = 22;
const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const LINE_END = Buffer.from('\n');

/** A document on its way to an index. */
export interface IndexDocument {
  /** The name of the index; no pattern left in it. */
  readonly index: string;
  /** The same document always has the same id: that makes a repeated delivery harmless. */
  readonly id: string;
  /** One JSON object in UTF-8, without a newline. Forwarded as it is. */
  readonly source: Buffer;
}

/** The body of `document.index`: for each document an action line and the document, each ended by a newline. */
export function encodeDocuments(documents: readonly IndexDocument[]): Buffer {
  const parts: Buffer[] = [];
  for (const { index, id, source } of documents) {
    parts.push(
      Buffer.from(`{"create":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)}}}\n`),
      source,
      LINE_END,
    );
  }
  return Buffer.concat(parts);
}

/**
 * Takes the body of `document.index` apart. The documents are views into the body, byte by byte what was published; that
 * each is a JSON object is looked at by its first and last byte only, the store parses it. Throws InvalidMessageError.
 */
export function decodeDocuments(body: Buffer): IndexDocument[] {
  refuseTooLarge(body, 'document.index');
  const documents: IndexDocument[] = [];
  let at = 0;
  while (at < body.length) {
    const action = lineFrom(body, at);
    const source = lineFrom(body, action.next);
    documents.push(toDocument(action.line, source.line, documents.length));
    at = source.next;
  }
  if (documents.length === 0) throw broken(0, 'there is no document');
  return documents;
}

/** 22 characters (132 bits of SHA-256, base64url) that depend on every part and on their order. */
export function documentId(...parts: readonly (string | number)[]): string {
  // The lengths keep ('ab', 'c') and ('a', 'bc') apart.
  let text = '';
  for (const part of parts) text += `${Buffer.byteLength(String(part))}:${part}`;
  return hash('sha256', text, 'base64url').slice(0, ID_CHARACTERS);
}

/** True for what `encodeDocuments` can send and `decodeDocuments` will take. */
export function isIndexDocument(value: unknown): value is IndexDocument {
  const { index, id, source } = (value ?? {}) as Partial<Record<keyof IndexDocument, unknown>>;
  return isIndex(index) && isId(id) && Buffer.isBuffer(source) && isObjectLine(source);
}

function lineFrom(body: Buffer, start: number): { line: Buffer; next: number } {
  const end = body.indexOf(NEWLINE, start);
  if (end === -1) return { line: body.subarray(start), next: body.length };
  return { line: body.subarray(start, end), next: end + 1 };
}

function toDocument(action: Buffer, source: Buffer, at: number): IndexDocument {
  const { index, id } = parseAction(action, at);
  if (!isObjectLine(source)) {
    throw broken(at, 'the document is not a JSON object on one line');
  }
  return { index, id, source };
}

function parseAction(line: Buffer, at: number): { index: string; id: string } {
  let action: unknown;
  try {
    action = JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw broken(at, 'the action line is not JSON', cause);
  }
  const create = onlyField(action, 'create');
  const { _index: index, _id: id, ...others } = isPlainObject(create) ? create : {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw broken(at, `create.${unknown} is not a field of it`);
  if (!isIndex(index))
    throw broken(
      at,
      'the action line must be {"create":{"_index":…,"_id":…}} with the name of an index',
    );
  if (!isId(id)) {
    throw broken(at, `create._id must be a text of 1 to ${MAX_DOCUMENT_ID_BYTES} bytes`);
  }
  return { index, id };
}

function onlyField(value: unknown, name: string): unknown {
  if (!isPlainObject(value)) return undefined;
  return Object.keys(value).length === 1 ? value[name] : undefined;
}

function isIndex(value: unknown): value is string {
  return typeof value === 'string' && isIndexName(value);
}

function isId(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_DOCUMENT_ID_BYTES
  );
}

function isObjectLine(source: Buffer): boolean {
  return (
    source[0] === OPENING_BRACE && source.at(-1) === CLOSING_BRACE && !source.includes(NEWLINE)
  );
}

function broken(at: number, problem: string, cause?: unknown): InvalidMessageError {
  return new InvalidMessageError('not-json', `document.index, document ${at}: ${problem}`, {
    cause,
  });
}
