import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_MESSAGE_BYTES } from '../checking/limits.js';
import { decodeDocuments, documentId, encodeDocuments, type IndexDocument } from './documents.js';

const action = '{"create":{"_index":"access","_id":"1"}}';

const documents = fc.array(
  fc.record({
    index: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}(2025\.11\.24)?$/),
    id: fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter(isWellFormed),
    source: fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((value) => Buffer.from(JSON.stringify(value))),
  }),
  { minLength: 1, maxLength: 50 },
);

describe('documents', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(documents, (before) => {
        expect(readable(decodeDocuments(encodeDocuments(before)))).toEqual(readable(before));
      }),
    );
  });

  it('are forwarded byte by byte, not serialised again', () => {
    const source = '{ "b": 1e2,  "a": 12345678901234567890, "\\u0061": 1 }';
    const [document] = decodeDocuments(Buffer.from(`${action}\n${source}\n`));
    expect(document?.source.toString()).toBe(source);
  });

  it('may end without a newline', () => {
    expect(decodeDocuments(Buffer.from(`${action}\n{}`))).toHaveLength(1);
  });

  it.each([
    ['nothing', '', 'there is no document'],
    ['an action without a document', `${action}\n`, 'not a JSON object'],
    ['an empty line for a document', `${action}\n\n`, 'not a JSON object'],
    ['a document that is an array', `${action}\n[]\n`, 'not a JSON object'],
    ['a document over two lines', `${action}\n{\n}\n`, 'not a JSON object'],
    ['an action that is not JSON', 'create\n{}\n', 'not JSON'],
    ['another action', '{"index":{"_index":"a","_id":"1"}}\n{}\n', 'must be {"create"'],
    ['two actions in one', '{"create":{"_index":"a","_id":"1"},"x":1}\n{}\n', 'must be {"create"'],
    ['an action that is null', 'null\n{}\n', 'must be {"create"'],
    ['no id', '{"create":{"_index":"a"}}\n{}\n', 'create._id'],
    ['an empty id', '{"create":{"_index":"a","_id":""}}\n{}\n', 'create._id'],
    ['an id too long', `{"create":{"_index":"a","_id":"${'é'.repeat(257)}"}}\n{}\n`, 'create._id'],
    ['an index with a pattern', '{"create":{"_index":"a-%Y","_id":"1"}}\n{}\n', 'name of an index'],
    [
      'an index that a search would leave out',
      '{"create":{"_index":"-a","_id":"1"}}\n{}\n',
      'name of an index',
    ],
    ['a hidden index', '{"create":{"_index":".tasks","_id":"1"}}\n{}\n', 'name of an index'],
    [
      'a field that would change the meaning',
      '{"create":{"_index":"a","_id":"1","routing":"x"}}\n{}\n',
      'create.routing is not a field of it',
    ],
  ])('are not %s', (_, body, problem) => {
    expect(() => decodeDocuments(Buffer.from(body))).toThrow(problem);
  });

  it('say which of them is broken', () => {
    const body = Buffer.from(`${action}\n{}\n${action}\n{}\n{}\n{}\n`);
    expect(() => decodeDocuments(body)).toThrow('document.index, document 2:');
  });

  it('are no more than a message carries', () => {
    const source = `{"a":"${'x'.repeat(MAX_MESSAGE_BYTES)}"}`;
    expect(() => decodeDocuments(Buffer.from(`${action}\n${source}\n`))).toThrow('bytes');
  });
});

describe('the id of a document', () => {
  it('is the same for the same parts, and 128 bits', () => {
    expect(documentId('edge', 'etag', 4711)).toBe(documentId('edge', 'etag', '4711'));
    expect(Buffer.from(documentId('edge'), 'base64url')).toHaveLength(16);
  });

  it('tells apart any two lists of parts', () => {
    const parts = fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(documentId(...a) === documentId(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('never changes: ids of this version are those of the next', () => {
    expect(documentId('edge-access', '1764000000000', 'line', 1)).toBe('YKcbr-LSvSSnM6smVllc1l');
  });
});

/** Sources as text: comparing buffers byte by byte takes a test framework seconds. */
function readable(all: readonly IndexDocument[]) {
  return all.map(({ source, ...rest }) => ({ ...rest, source: source.toString() }));
}

function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}
