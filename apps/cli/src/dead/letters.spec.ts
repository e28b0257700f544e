import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../usage-error.js';
import { bodyFields, bodyLines } from './body-text.js';
import { groupLines } from './letter-lines.js';
import { letterOf, type Delivery, type Letter } from './letter.js';
import { coverageNotes } from './look-through.js';
import { notReplayable, replayedMessage } from './replayed-message.js';
import { deadQueues, isSelected, type Selection } from './selection.js';
import { Summary } from './summary.js';

const LETTER: Letter = {
  id: 'a',
  queue: 'status.record.dead',
  from: 'status.record',
  type: 'task.run',
  code: 'internal',
  reason: 'because',
  failedAt: 1_000,
  attempt: 2,
  bytes: 2,
};

function delivery(properties: object, body = '{}'): Delivery {
  const fields = { routingKey: 'status.record.dead', redelivered: false };
  return { content: Buffer.from(body), fields, properties } as Delivery;
}

describe('a letter', () => {
  it('that RabbitMQ gave up says so, and when, and what it was', () => {
    const death = {
      reason: 'delivery_limit',
      queue: 'status.record',
      'routing-keys': ['task.run'],
      time: { '!': 'timestamp', value: 1_764_000_000 },
    };
    expect(
      letterOf(delivery({ headers: { 'x-death': [death] } }), 'status.record.dead'),
    ).toMatchObject({
      from: 'status.record',
      type: 'task.run',
      code: 'delivery_limit',
      reason: expect.stringContaining('RabbitMQ gave it up: it was delivered too often'),
      failedAt: 1_764_000_000_000,
      attempt: 1,
    });
  });

  it('without any property has the same id at each look, and no times', () => {
    const one = letterOf(delivery({}), 'status.record.dead');
    expect(one.id).toBe(letterOf(delivery({}), 'status.record.dead').id);
    expect(one.id).not.toBe(letterOf(delivery({}, '[]'), 'status.record.dead').id);
    expect(one).not.toHaveProperty('failedAt');
    expect(one).toMatchObject({ code: 'unknown', reason: 'no reason was written down' });
  });
});

describe('a selection', () => {
  const all: Selection = { ids: [], queues: deadQueues(), codes: [], types: [] };

  it.each<[string, Partial<Selection>, boolean]>([
    ['nothing', {}, true],
    ['its id', { ids: ['b', 'a'] }, true],
    ['another id', { ids: ['b'] }, false],
    ['another queue', { queues: ['indexer.queries.dead'] }, false],
    ['its code and its type', { codes: ['internal'], types: ['task.run'] }, true],
    ['its code and another type', { codes: ['internal'], types: ['task.cancel'] }, false],
    ['a time before it', { until: 999 }, false],
    ['its time', { since: 1_000, until: 1_000 }, true],
    ['a time after it', { since: 1_001 }, false],
  ])('by %s', (_, limits, expected) => {
    expect(isSelected(LETTER, { ...all, ...limits })).toBe(expected);
  });

  it('by time leaves out letters that do not say when they died', () => {
    const { failedAt: _, ...undated } = LETTER;
    expect(isSelected(undated, { ...all, since: 0 })).toBe(false);
    expect(isSelected(undated, { ...all, until: Date.now() })).toBe(false);
  });

  it('takes a queue by its own name or by that of its dead letters, and no other', () => {
    expect(deadQueues(['status.record'])).toEqual(['status.record.dead']);
    expect(deadQueues(['indexer.queries.dead', 'streamer.lines'])).toHaveLength(2);
    expect(() => deadQueues(['status'])).toThrow(UsageError);
    expect(() => deadQueues(['status'])).toThrow('there are: status.record.dead, ');
  });
});

describe('a summary', () => {
  it('has a group for each queue, code and type, the largest of a queue first', () => {
    const summary = new Summary();
    summary.add({ ...LETTER, code: 'not-json' });
    summary.add(LETTER);
    summary.add({ ...LETTER, id: 'b', reason: 'the last', failedAt: 61_000 });
    expect(summary.count).toBe(3);
    expect(groupLines(summary.groups, { now: 3_661_000 })).toEqual([
      'QUEUE               CODE      TYPE      LETTERS  OLDEST   NEWEST   FOR EXAMPLE',
      'status.record.dead  internal  task.run  2        1 h ago  1 h ago  the last',
      'status.record.dead  not-json  task.run  1        1 h ago  1 h ago  because',
    ]);
  });
});

describe('a replay', () => {
  it('keeps what is of the message, leaves out what is of its death, and begins at attempt 1', () => {
    const headers = {
      mine: 1,
      CC: ['elsewhere'],
      'x-death': [{}],
      'x-first-death-queue': 'q',
      'x-delivery-count': 7,
      'signalbox-error-code': 'internal',
      'signalbox-attempt': 4,
      'signalbox-first-failed-at': 5,
    };
    const letter = { ...LETTER, requestedBy: 'alice' };
    expect(replayedMessage(delivery({ headers }), letter, 'bob')).toMatchObject({
      exchange: '',
      routingKey: 'status.record',
      properties: {
        messageId: 'a',
        userId: 'bob',
        mandatory: true,
        persistent: true,
        headers: {
          mine: 1,
          'signalbox-attempt': 1,
          'signalbox-first-failed-at': 5,
          'signalbox-requested-by': 'alice',
        },
      },
    });
    const { properties } = replayedMessage(delivery({ headers }), letter, undefined);
    expect(Object.keys(properties.headers as object)).toHaveLength(4);
    expect(properties).not.toHaveProperty('userId');
  });

  it.each([
    [LETTER, 'possible'],
    [{ ...LETTER, type: 'of.a.newer.version' }, 'possible'],
    [{ ...LETTER, type: 'service.list' }, 'a question'],
    [{ ...LETTER, type: 'stream.line', from: 'streamer.lines.dead' }, 'a raw line'],
    [{ ...LETTER, from: 'somebody.elses' }, 'no service reads'],
    [{ ...LETTER, code: 'type-mismatch' }, 'may not have been allowed'],
    [{ ...LETTER, code: 'sender-not-allowed' }, 'may not have been allowed'],
  ])('of %j', (letter, expected) => {
    expect(notReplayable(letter) ?? 'possible').toContain(expected);
  });
});

describe('a body', () => {
  it.each([
    ['JSON', '{"a":[1]}', ['{', '  "a": [', '    1', '  ]', '}']],
    ['NDJSON', '{}\n[]\n', ['{}', '[]']],
    ['text', 'plain\u001b[2J\nsecond', ['plain\\u001b[2J', 'second']],
  ])('of %s is shown in lines', (_, body, lines) => {
    expect(bodyLines(Buffer.from(body))).toEqual(lines);
  });

  it('that is no text is shown in hexadecimal, and base64 for programs', () => {
    const body = Buffer.alloc(300, 0xff);
    expect(bodyLines(body).at(0)).toBe('(not UTF-8; in hexadecimal)');
    expect(bodyLines(body).at(-1)).toBe('(44 bytes more)');
    expect(bodyFields(body)).toEqual({ body: body.toString('base64'), encoding: 'base64' });
  });
});

describe('the coverage', () => {
  it('is told where it is not whole: by the limit, or by somebody else', () => {
    const queue = 'status.record.dead' as const;
    expect(coverageNotes([{ queue, waiting: 5, looked: 5 }], 10)).toEqual([]);
    expect(coverageNotes([{ queue, waiting: 50, looked: 10 }], 10)[0]).toContain('--look N');
    expect(coverageNotes([{ queue, waiting: 5, looked: 3 }], 10)[0]).toContain(
      '2 of 5 letters in status.record.dead could not be seen: somebody else',
    );
  });
});
