import { describe, expect, it } from '@jest/globals';
import {
  bodyHash,
  checkMessage,
  definitionOf,
  encodeMessage,
  IndexDocuments,
  InvalidMessageError,
  MAX_MESSAGE_BYTES,
  MESSAGES,
  parseMessage,
  Policy,
  RunTask,
  StartStream,
  TargetsChanged,
} from '../index.js';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const run = { executionId: EXECUTION, plugin: 'ssh', targets: ['edge-01'] };

const examples = MESSAGES.flatMap((definition) =>
  definition.examples.map((example, at) => ({
    name: `${definition.type} ${at}`,
    definition,
    example,
  })),
);

const json = examples.filter(({ definition }) => definition.contentType === 'application/json');
const asked = json.filter(({ definition }) => definition.unknownFields === 'refuse');
const told = json.filter(({ definition }) => definition.unknownFields === 'ignore');

describe('every example', () => {
  it.each(examples)('$name survives the wire unchanged', ({ definition, example }) => {
    const parsed = parseMessage(definition.type, encodeMessage(definition.contract, example));
    expect(parsed).toBeInstanceOf(definition.contract);
    expect(bodyHash(parsed)).toBe(bodyHash(example));
  });

  it.each(asked)('$name with a field of a newer version is refused', ({ definition, example }) => {
    const read = () => parse(definition.type, { ...example, newer: true });
    expect(read).toThrow('newer: is not a field of it');
  });

  it.each(told)('$name is read without a field of a newer version', ({ definition, example }) => {
    const parsed = parse(definition.type, { ...example, newer: true });
    expect(bodyHash(parsed)).toBe(bodyHash(example));
  });

  it.each(json)('$name needs what is required', ({ definition, example }) => {
    for (const name of Object.keys(example)) {
      const { [name]: value, ...rest } = example as Record<string, unknown>;
      expect(value).toBeDefined();
      expect(outcomeOf(() => parse(definition.type, rest))).toMatch(
        new RegExp(`^(read|.*: (${name}: is missing|key: must be a lease key with).*)$`),
      );
    }
  });

  it.each(json)('$name refuses a value of another kind', (example) => {
    for (const name of Object.keys(example.example)) {
      for (const wrong of [{ wrong: 1 }, [[]], -1.5, true, '\u0000\n', null]) {
        const { definition } = example;
        const body = { ...example.example, [name]: wrong };
        // Whatever it says, it says it as a violation: never as a TypeError.
        const outcome = outcomeOf(() => parse(definition.type, body));
        expect(outcome).toMatch(/^(read$|[a-z.]+ is not valid: )/);
      }
    }
  });
});

describe('defaults', () => {
  it('are filled in, nested ones too', () => {
    expect(checkMessage(RunTask, run)).toEqual({
      ...run,
      args: {},
      policy: { concurrency: 50, retries: { limit: 0, backoffMs: 1_000 } },
      output: { capBytes: 262_144, tailBytes: 4_096 },
    });
    expect(
      checkMessage(StartStream, {
        streamId: 'edge-access',
        url: 'https://edge-01.example.net/logs',
        format: 'lines',
        index: 'edge-access',
      }),
    ).toEqual({
      streamId: 'edge-access',
      url: 'https://edge-01.example.net/logs',
      format: 'lines',
      index: 'edge-access',
      request: { headers: {}, secretHeaders: {} },
      resume: { by: 'none', parameter: 'since', overlapMs: 5_000, onGap: 'earliest' },
      idleTimeoutMs: 60_000,
      maxLineBytes: 1_048_576,
      onEnd: 'reconnect',
    });
  });

  it('make a body that spells them out the same body', () => {
    const spelled = { output: { tailBytes: 4_096 }, policy: { concurrency: 50 }, ...run };
    expect(bodyHash(checkMessage(RunTask, spelled))).toBe(bodyHash(checkMessage(RunTask, run)));
  });

  it('are not shared between messages', () => {
    const [one, other] = [checkMessage(RunTask, run), checkMessage(RunTask, run)];
    expect(one.policy).not.toBe(other.policy);
    expect(one.args).not.toBe(other.args);
  });

  it('leave an optional field without one absent', () => {
    const { policy } = checkMessage(RunTask, run);
    expect(policy).toBeInstanceOf(Policy);
    expect(Object.keys(policy)).toEqual(['concurrency', 'retries']);
  });
});

describe('a body that violates its contract', () => {
  it('is told every problem at once, with its path and its value', () => {
    const body = {
      ...run,
      plugin: 'SSH',
      policy: { timeoutMs: -5, timeotMs: 5, batches: { sizes: ['200%'] }, onLost: null },
    };
    expect(violationsOf(() => parse('task.run', body))).toEqual([
      'plugin: must be 1 to 64 of the characters a-z, 0-9 and -, got "SSH"',
      'policy.timeoutMs: must be an integer from 1 to 31,536,000,000, got -5',
      'policy.batches.sizes: must be a list of 1 to 100 counts or percentages, each more than nothing, got a list of 1',
      'policy.onLost: must be one of retry, fail, got null',
      'policy.timeotMs: is not a field of it',
    ]);
  });

  it('is told which element of a list is wrong', () => {
    const [event] = definitionOf(TargetsChanged).examples;
    const [first, second] = event!.changes;
    const body = { ...plain(event), changes: [first, { ...plain(second), state: 'asleep' }] };
    expect(violationsOf(() => parse('targets.changed', body))[0]).toMatch(/^changes\[1\]\.state: /);
  });

  it('is told no more than twenty problems', () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x${at}`, at]));
    const read = () => parse('task.run', body);
    expect(violationsOf(read)).toHaveLength(20);
    expect(read).toThrow('; and perhaps more');
  });

  it('is not quoted at length', () => {
    const read = () => parse('task.run', { ...run, plugin: 'x'.repeat(100_000) });
    expect(outcomeOf(read).length).toBeLessThan(300);
    const longName = () => parse('task.run', { ...run, ['y'.repeat(100_000)]: 1 });
    expect(outcomeOf(longName).length).toBeLessThan(300);
  });

  it.each([
    ['twice the same target', ['a', 'b', 'a'], 'element 2 (a) stands there twice'],
    ['no target', [], 'must be a list of 1 to 5,000 targets'],
    ['too many targets', Array.from({ length: 5_001 }, (_, at) => `h${at}`), '1 to 5,000'],
    ['a target that is none', ['a', '-b'], 'element 1 must be [user@]host[:port]'],
    ['a number', [1], 'element 0 must be'],
    ['pages with a bad hash', { pages: 1, count: 1, sha256: 'AB' }, 'targets.sha256: must be 64'],
    ['half the pages', { pages: 1 }, 'targets.count: is missing'],
    ['null', null, 'targets: must be a list'],
  ])('%s', (_, targets, problem) => {
    expect(() => parse('task.run', { ...run, targets })).toThrow(problem);
  });

  it.each([
    ['ftp://edge-01/logs', false],
    ['https://user:secret@edge-01/logs', false],
    ['//edge-01/logs', false],
    ['javascript:alert(1)', false],
    [`https://edge-01/${'x'.repeat(9_000)}`, false],
    ['http://[2001:db8::1]:8080/logs?follow=1', true],
  ])('the URL %s', (url, fits) => {
    const body = { streamId: 's', url, format: 'lines', index: 'i' };
    expect(outcomeOf(() => parse('stream.start', body)) === 'read').toBe(fits);
  });

  it('finds a target that stands there twice among 5,000 at once', () => {
    const targets = Array.from({ length: 5_000 }, (_, at) => `edge-${at}.example.net`);
    const started = performance.now();
    parse('task.run', { ...run, targets });
    expect(performance.now() - started).toBeLessThan(500);
  });
});

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

describe('checking a value that is about to be published', () => {
  it('leaves the value as it is', () => {
    const value = Object.freeze({ ...run, targets: Object.freeze(['edge-01']) });
    expect(checkMessage(RunTask, value)).not.toBe(value);
    expect(Object.keys(value)).toEqual(Object.keys(run));
  });

  it('takes what it has checked before', () => {
    const once = checkMessage(RunTask, run);
    expect(checkMessage(RunTask, once)).toEqual(once);
  });

  it('takes `undefined` for absent', () => {
    expect(checkMessage(RunTask, { ...run, policy: undefined }).policy.concurrency).toBe(50);
  });

  it('checks documents by the same rules as their reader', () => {
    const source = Buffer.from('{"a":\n1}');
    const documents = [{ index: 'access', id: '1', source }];
    expect(() => checkMessage(IndexDocuments, { documents })).toThrow('documents: must be');
  });

  it('is a defect for a class that is no message', () => {
    expect(() => checkMessage(Policy, {})).toThrow(TypeError);
  });
});

describe('encoding', () => {
  it('refuses what no message may carry', () => {
    const output = { tail: 'x'.repeat(16_000), bytes: 16_000, truncated: false };
    const change = { target: 'edge-01', state: 'succeeded', attempt: 1, output } as const;
    const changes = Array.from({ length: 40 }, () => change);
    const key = `chunk/${EXECUTION}/1`;
    const encode = () => encodeMessage(TargetsChanged, { key, epoch: 1, seq: 1, changes });
    expect(codeOf(encode)).toBe('too-large');
  });
});

function parse(type: string, body: object): object {
  return parseMessage(type, Buffer.from(JSON.stringify(body)));
}

/** A body as JSON has it. */
function plain(body: object | undefined): Record<string, unknown> {
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}

function outcomeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof InvalidMessageError ? error.code : String(error);
  }
}

function violationsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    return error.violations.map(({ path, problem }) => `${path}: ${problem}`);
  }
}
