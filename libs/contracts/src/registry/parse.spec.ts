import { describe, expect, it } from '@jest/globals';
import {
  bodyHash,
  checkMessage,
  encodeMessage,
  IndexDocuments,
  InvalidMessageError,
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
