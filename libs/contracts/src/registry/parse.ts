import { decodeJson, refuseTooLarge } from '../checking/decode-json.js';
import { decodeDocuments, encodeDocuments } from '../documents/documents.js';
import type { IndexDocuments } from '../documents/index-documents.command.js';
import type { Contract } from '../fields/field.js';
import { boundBody } from './bound-body.js';
import { definitionOf } from './lookup.js';

/**
 * Reads a body: decodes it, checks it against the contract of its type and fills in the defaults. Returns an instance of the
 * contract; parts of a JSON body that have no contract (args, documents) are plain JSON. Throws InvalidMessageError with every
 * problem found, at most 20.
 */
export function parseMessage(type: string, bytes: Uint8Array): object {
  const definition = definitionOf(type);
  const body =
    definition.contentType === 'application/json'
      ? decodeJson(bytes, type)
      : {
          documents: decodeDocuments(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
        };
  return boundBody(definition, body);
}

/**
 * The same for a value that is parsed already: what a publisher is about to send, or what a command line read. The value is
 * not changed; an instance that was checked before is checked again.
 */
export function checkMessage<T extends object>(contract: Contract<T>, value: unknown): T {
  return boundBody(definitionOf(contract), value);
}

/** The bytes of a body, not checked beyond their number: call `checkMessage`, or `check` of its definition, first. Throws `too-large`. */
export function encodeMessage<T extends object>(contract: Contract<T>, body: T): Buffer {
  const { type, contentType } = definitionOf(contract);
  const bytes =
    contentType === 'application/json'
      ? Buffer.from(JSON.stringify(body))
      : encodeDocuments((body as unknown as IndexDocuments).documents);
  refuseTooLarge(bytes, type);
  return bytes;
}
