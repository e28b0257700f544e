import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  bodyHash,
  checkMessage,
  definitionOf,
  encodeMessage,
  InvalidMessageError,
  MAX_MESSAGE_BYTES,
  MESSAGES,
  parseMessage,
  RunTask,
} from '../index.js';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const run = { executionId: EXECUTION, plugin: 'ssh', targets: ['edge-01'] };
const KNOWN = /^(read|not-json|contract-violated|too-deep)$/;

describe('a hostile body', () => {
  it.each([
    ['nothing', '', 'not-json'],
    ['half an object', '{"executionId":', 'not-json'],
    ['two values', '{} {}', 'not-json'],
    ['a list', '[]', 'contract-violated'],
    ['null', 'null', 'contract-violated'],
    ['a number', '1e999', 'contract-violated'],
    ['500,000 open brackets', '['.repeat(500_000), 'too-deep'],
    ['33 objects in each other', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'too-deep'],
    ['more than a message carries', `"${'x'.repeat(MAX_MESSAGE_BYTES)}"`, 'too-large'],
  ])('of %s', (_, body, code) => {
    expect(codeOf(() => parseMessage('task.run', Buffer.from(body)))).toBe(code);
  });

  it('of bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(codeOf(() => parseMessage('task.run', bytes))).toBe('not-json');
  });

  it('of a type that does not exist', () => {
    expect(codeOf(() => parseMessage('task.explode', Buffer.from('{}')))).toBe('unknown-type');
    expect(codeOf(() => parseMessage('__proto__', Buffer.from('{}')))).toBe('unknown-type');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'with a field %s: a command refuses it',
    (name) => {
      const body = `{"${name}":{"polluted":true},${JSON.stringify(run).slice(1)}`;
      expect(() => parseMessage('task.run', Buffer.from(body))).toThrow(`${name}: is not a field`);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  it('with a prototype in an event: it is ignored', () => {
    const body = Buffer.from(
      '{"instanceId":"4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1","reason":"x","__proto__":{"polluted":true}}',
    );
    const parsed = parseMessage('service.stopped', body);
    expect(Object.keys(parsed)).toEqual(['instanceId', 'reason']);
    expect(parsed).not.toHaveProperty('polluted');
  });

  it('does not take a required field from the prototype', () => {
    const inherited = Object.create(run) as object;
    expect(() => checkMessage(RunTask, inherited)).toThrow('executionId: is missing');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with args that have a key %s', (name) => {
    const body = JSON.stringify(run).replace('{', `{"args":{"deep":[{"${name}":1}]},`);
    expect(() => parseMessage('task.run', Buffer.from(body))).toThrow(
      `args: must not have a key ${name}`,
    );
  });

  it('with args that nest deeper than 16', () => {
    const args = JSON.parse(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`) as object;
    expect(() => parse('task.run', { ...run, args })).toThrow('args: must nest at most 16 deep');
  });
});

describe('any body', () => {
  const types = fc.constantFrom(...MESSAGES.map((definition) => definition.type));

  it('is read, or refused as an invalid message', () => {
    fc.assert(
      fc.property(types, fc.json(), (type, body) => {
        expect(codeOf(() => parseMessage(type, Buffer.from(body)))).toMatch(KNOWN);
      }),
    );
  });

  it('made from a good one by changing bytes is read, or refused as an invalid message', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(types, changes, (type, bytes) => {
        const { contract, examples } = definitionOf(type);
        const body = encodeMessage(contract, examples[0]!);
        for (const [at, byte] of bytes) body[at % body.length] = byte;
        expect(codeOf(() => parseMessage(type, body))).toMatch(KNOWN);
      }),
      { numRuns: 1_000 },
    );
  });

  it('that was read is read again, and is the same', () => {
    fc.assert(
      fc.property(types, (type) => {
        const { contract, examples } = definitionOf(type);
        const once = parseMessage(type, encodeMessage(contract, examples[0]!));
        expect(bodyHash(parseMessage(type, encodeMessage(contract, once)))).toBe(bodyHash(once));
      }),
    );
  });
});

function parse(type: string, body: object): object {
  return parseMessage(type, Buffer.from(JSON.stringify(body)));
}

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof InvalidMessageError ? error.code : String(error);
  }
}
