import { describe, expect, it } from '@jest/globals';
import { ProcessIdentity } from '../service/process-identity.js';
import { createLogger } from './create-logger.js';
import type { LogFormat, LogLevel } from './log-options.js';
import type { Logger } from './logger.js';

const identity = new ProcessIdentity('indexer', 'f3f8', '1.2.3');

interface Setup {
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  readonly isTTY?: boolean;
  readonly secrets?: readonly string[];
}

function logTo(setup: Setup = {}): { log: Logger; text: () => string; facts: () => object } {
  let text = '';
  const output = {
    isTTY: setup.isTTY ?? false,
    write: (line: string): void => {
      text += line;
    },
  };
  const log = createLogger({ identity, level: 'info', format: 'auto', output, ...setup });
  return { log, text: () => text, facts: () => JSON.parse(text) as object };
}

describe('a log line', () => {
  it('is one JSON object with service, process, level, time, facts and message', () => {
    const { log, facts } = logTo();
    log.info({ target: 'h1', durationMs: 5 }, 'target finished');
    expect(facts()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'indexer',
      processId: 'f3f8',
      target: 'h1',
      durationMs: 5,
      msg: 'target finished',
    });
  });

  it('is left out below the level', () => {
    const { log, text } = logTo({ level: 'warn' });
    log.info('unimportant');
    expect(text()).toBe('');
    expect(log.isLevelEnabled('info')).toBe(false);
  });

  it('carries the facts of a child', () => {
    const { log, facts } = logTo();
    log.child({ executionId: 'e1' }).info('started');
    expect(facts()).toMatchObject({ executionId: 'e1', service: 'indexer', msg: 'started' });
  });

  it('keeps fields, stack and causes of an error', () => {
    const { log, facts } = logTo();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.error({ err: new TypeError('no store', { cause }) }, 'cannot index');
    expect(facts()).toMatchObject({
      err: {
        type: 'TypeError',
        message: 'no store',
        stack: expect.stringContaining('create-logger.spec'),
        cause: { type: 'Error', message: 'refused', code: 'ECONNREFUSED' },
      },
    });
  });

  it('keeps every error of several', () => {
    const { log, facts } = logTo();
    log.error({ err: new AggregateError([new Error('a'), new Error('b')], 'both') }, 'failed');
    expect(facts()).toMatchObject({
      err: { message: 'both', errors: [{ message: 'a' }, { message: 'b' }] },
    });
  });

  it('is readable on a terminal, and where it is asked for', () => {
    for (const setup of [{ isTTY: true }, { format: 'pretty' as const }]) {
      const { log, text } = logTo(setup);
      log.info({ target: 'h1' }, 'target finished');
      expect(text()).toMatch(/INFO.*target finished/);
      expect(text()).toMatch(/target.*"h1"/);
    }
  });
});

describe('redaction', () => {
  it.each([
    ['password', { password: 'SESAME' }],
    ['a token deep inside', { request: { options: [{ accessToken: 'SESAME' }] } }],
    ['snake case', { client_secret: 'SESAME' }],
    ['an authorization header', { headers: { Authorization: 'SESAME' } }],
    ['a whole object', { credentials: { user: 'me', value: 'SESAME' } }],
    ['a map', { headers: new Map([['cookie', 'SESAME']]) }],
    ['a field of an error', { err: Object.assign(new Error('no'), { apiKey: 'SESAME' }) }],
    ['a URL', { url: 'amqp://me:SESAME@rabbitmq' }],
    ['a URL with an odd password', { url: 'amqp://me:a/b:SESAME@c@rabbitmq:5672/vhost' }],
    ['a URL in an error message', { err: new Error('cannot open http://me:SESAME@h/x') }],
    ['a URL in a cause', { err: new Error('x', { cause: new Error('amqps://u:SESAME@h') }) }],
    ['a header in a sentence', { reason: 'sent authorization: Bearer SESAME12345' }],
    ['basic credentials in a sentence', { reason: 'sent "Basic SESAME1234=="' }],
  ])('hides %s', (_, facts) => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, text } = logTo({ format });
      log.error(facts, 'failed');
      expect(text()).not.toContain('SESAME');
      expect(text()).toContain('***');
    }
  });

  it('hides secrets in messages and in the facts of children', () => {
    const { log, text } = logTo();
    log.info('connecting to amqp://me:SESAME@rabbitmq');
    log.child({ password: 'SESAME' }).child({ token: 'SESAME' }).info({ a: 1 }, 'x');
    expect(text()).not.toContain('SESAME');
  });

  it('hides the values it was told, wherever they are', () => {
    const { log, text } = logTo({ secrets: ['"quoted" key', 'short'] });
    log.info({ reason: 'server said: "quoted" key is wrong' }, 'failed shortly');
    expect(text()).toContain('server said: *** is wrong');
    expect(text()).toContain('failed shortly');
  });

  it('leaves everything else alone, and does not change what it was given', () => {
    const { log, facts } = logTo();
    const given = {
      host: 'http://h:9200/a@b',
      at: new Date(0),
      authentication: 'Basic authentication',
      page: new URL('http://h/a?b=c'),
      body: Buffer.from('abc'),
      secret: undefined,
      nested: { password: 'p' },
    };
    log.info(given, 'x');
    expect(facts()).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      authentication: 'Basic authentication',
      page: 'http://h/a?b=c',
      body: '(3 bytes)',
    });
    expect(given.nested).toEqual({ password: 'p' });
  });

  it('takes no longer for a long line of almost-secrets', () => {
    const { log } = logTo();
    const startedAt = performance.now();
    for (const piece of ['a-', 'a://', 'a://b:', 'Basic a']) log.info(piece.repeat(50_000));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }, 20_000);

  it('survives circles', () => {
    const { log, facts } = logTo();
    const circle: { self?: object } = {};
    circle.self = circle;
    log.info({ circle }, 'round');
    expect(facts()).toMatchObject({ msg: 'round' });
  });
});
