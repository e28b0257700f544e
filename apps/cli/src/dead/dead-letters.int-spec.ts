import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { incomingMessage } from '#broker';
import { QUEUES, type QueueName } from '#contracts';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { runCli, type CliRun } from '../../testing/cli-run.ts';
import { DeadQueues, type WantedLetter } from '../../testing/dead-queues.ts';
import { EXIT } from '../exit-codes.js';
import { changeLetters } from './change-letters.js';
import { letterOf, type Delivery } from './letter.js';

jest.setTimeout(60_000);

describe('dead letters', () => {
  let queues: DeadQueues;
  beforeEach(async () => {
    queues = await DeadQueues.declared();
  });
  afterEach(async () => {
    await queues[Symbol.asyncDispose]();
  });

  const signalbox = (...args: readonly string[]): Promise<CliRun> => runCli(queues.url, ...args);

  const letters = (count: number, of: Partial<WantedLetter> = {}): WantedLetter[] =>
    Array.from({ length: count }, (_, n) => ({ id: `letter-${n}`, ...of }));

  const take = (queue: QueueName): Promise<readonly Delivery[]> => queues.take(queue);

  const idsOf = (deliveries: readonly Delivery[]): unknown[] =>
    deliveries.map(({ properties }) => properties.messageId as unknown);

  it('are unchanged after fifty looks: same count, same order', async () => {
    const wanted = letters(450);
    for (const letter of wanted) await queues.put(letter);
    for (let look = 0; look < 50; look += 1) {
      const { exitCode, objects } = await signalbox('--json', 'dead', 'list');
      expect(exitCode).toBe(EXIT.ok);
      expect(objects).toEqual([expect.objectContaining({ count: 450 })]);
    }
    await eventually(
      'all are back',
      async () => (await queues.count('status.record.dead')) === 450,
    );
    expect(idsOf(await take('status.record.dead'))).toEqual(wanted.map(({ id }) => id));
  }, 120_000);

  it('are counted by queue, code and type, with the first and the last time, and an example', async () => {
    await queues.put(
      { id: 'a', code: 'contract-violated', failedAt: 1_000 },
      { id: 'b', code: 'contract-violated', failedAt: 9_000 },
      { id: 'c', code: 'internal', type: 'stream.start' },
      { id: 'd', queue: 'indexer.documents', code: 'document-refused', type: 'document.index' },
    );
    const { objects } = await signalbox('--json', 'dead', 'list');
    expect(objects.map(({ queue, code, type, count }) => [queue, code, type, count])).toEqual([
      ['indexer.documents.dead', 'document-refused', 'document.index', 1],
      ['status.record.dead', 'contract-violated', 'task.run', 2],
      ['status.record.dead', 'internal', 'stream.start', 1],
    ]);
    expect(objects[1]).toMatchObject({
      oldestFailedAt: 1_000,
      newestFailedAt: 9_000,
      exampleId: 'b',
      exampleReason: 'because of b',
    });
    const { out } = await signalbox('dead', 'list');
    expect(out).toContain('4 dead letters in 7 queues');
    expect(out).toContain('signalbox dead show d');
  });

  it('are listed one by one with a filter, and it is said how far one looked', async () => {
    const old = Date.now() - 3_600_000;
    await queues.put(
      { id: 'old', failedAt: old },
      { id: 'new' },
      { id: 'other', queue: 'indexer.queries', type: 'document.search' },
    );
    const ids = async (...args: string[]): Promise<unknown[]> =>
      (await signalbox('--json', 'dead', 'list', ...args)).objects.map(({ id }) => id);
    expect(await ids('--older-than', '10m')).toEqual(['old']);
    expect(await ids('--younger-than', '10m', '--queue', 'status.record')).toEqual(['new']);
    expect(await ids('--type', 'document.search')).toEqual(['other']);
    expect(await ids('--code', 'not-json')).toEqual([]);
    expect(await ids('new', 'other')).toEqual(['new', 'other']);
    const { err } = await signalbox('dead', 'list', '--look', '1');
    expect(err).toContain('looked at the oldest 1 of 2 letters in status.record.dead; --look N');
    const shown = await signalbox('dead', 'list', '--each', '--limit', '1');
    expect(shown.err).toContain('the oldest 1 are shown; --limit 3 shows all');
  });

  it('are shown whole: reason, times, headers, and the body in lines', async () => {
    await queues.put({
      id: 'one',
      code: 'contract-violated',
      body: '{"executionId":7}',
      headers: { 'signalbox-requested-by': 'alice', evil: '\u001b[2J' },
    });
    const { out, exitCode } = await signalbox('dead', 'show', 'one');
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('contract-violated: The body is JSON, but a field');
    expect(out).toContain('because of one');
    expect(out).toContain('asked by   alice');
    expect(out).toContain('    "executionId": 7\n');
    expect(out).toContain('evil: \\u001b[2J');
    const missing = await signalbox('dead', 'show', 'another');
    expect(missing.exitCode).toBe(EXIT.failed);
    expect(missing.err).toContain('no dead letter has the id another');
  });

  it('are replayed to their queue as a first attempt, under our user, with the first asker in a header', async () => {
    await queues.put({
      id: 'again',
      body: '{"x":1}',
      headers: { 'signalbox-attempt': 4, 'signalbox-requested-by': 'alice', mine: 'kept' },
    });
    const { exitCode, out } = await signalbox('dead', 'replay', 'again', '--yes');
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('1 letter replayed\n');
    expect(await queues.count('status.record.dead')).toBe(0);
    // The record has a single active consumer; with nobody else, that is this one.
    const [replayed] = await take('status.record');
    expect(incomingMessage(replayed as Delivery)).toMatchObject({
      messageId: 'again',
      type: 'task.run',
      userId: 'guest',
    });
    expect(replayed?.content.toString()).toBe('{"x":1}');
    expect(replayed?.properties.headers).toEqual({
      mine: 'kept',
      'signalbox-attempt': 1,
      'signalbox-requested-by': 'alice',
      'signalbox-first-failed-at': expect.any(Number),
      'x-delivery-count': undefined,
    });
  });

  it('stay when their queue is gone, and it is said why', async () => {
    const channel = await queues.broker.openChannel('consume');
    await channel.raw.deleteQueue('task-runner.work');
    await channel.close();
    await queues.put(
      { id: 'stuck', queue: 'task-runner.work', type: 'work.offered' },
      { id: 'ok' },
    );
    const { exitCode, out, err } = await signalbox('dead', 'replay', '--all', '--yes');
    expect(exitCode).toBe(EXIT.failed);
    expect(out).toContain('1 letter replayed, 1 left');
    expect(err).toContain('stuck stays in task-runner.work.dead: no queue takes work.offered');
    expect(await queues.count('task-runner.work.dead')).toBe(1);
    expect(await queues.count('status.record.dead')).toBe(0);
  });

  it('are not replayed when nobody could use them: lines of streams, questions', async () => {
    await queues.put(
      { id: 'line', queue: 'streamer.lines', type: 'stream.line' },
      { id: 'question', queue: 'status.queries', type: 'service.list' },
    );
    const { exitCode, err } = await signalbox('dead', 'replay', '--all', '--yes');
    expect(exitCode).toBe(EXIT.ok);
    expect(err).toContain('1 letter not to replay: it is a raw line of a stream');
    expect(err).toContain('1 letter not to replay: it is a question that nobody waits for');
    expect(await queues.count('streamer.lines.dead')).toBe(1);
    expect(await queues.count('status.queries.dead')).toBe(1);
  });

  it('that die again meanwhile are there again, and are not replayed for ever', async () => {
    await queues.put(...letters(300));
    const dying = await queues.broker.openChannel('consume');
    const deaths: Promise<void>[] = [];
    // Whoever reads the record gives everything up at once.
    await dying.consume('status.record', (delivery) => {
      const { messageId } = incomingMessage(delivery);
      deaths.push(queues.put({ id: messageId }).then(() => dying.ack(delivery)));
    });
    const { exitCode, out } = await signalbox('dead', 'replay', '--all', '--yes');
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('300 letters replayed\n');
    await Promise.all(deaths);
    await eventually(
      'all died again',
      async () => (await queues.count('status.record.dead')) === 300,
    );
  });

  it('are replayed no faster than asked', async () => {
    await queues.put(...letters(15));
    const startedAt = performance.now();
    await signalbox('dead', 'replay', '--all', '--yes', '--rate', '20/s');
    expect(performance.now() - startedAt).toBeGreaterThan(690);
    expect(await queues.count('status.record')).toBe(15);
  });

  it('are left where they are by Ctrl-C, except those that were replayed', async () => {
    await queues.put(...letters(100));
    const replaying = signalbox('dead', 'replay', '--all', '--yes', '--rate', '20/s');
    await eventually('some are replayed', async () => (await queues.count('status.record')) >= 3);
    process.emit('SIGINT');
    const { exitCode, out, err } = await replaying;
    expect(exitCode).toBe(EXIT.failed);
    expect(err).toContain('interrupted; the rest is where it was');
    const replayed = await queues.count('status.record');
    expect(out).toContain(`${replayed} letters replayed, ${100 - replayed} left`);
    const left = idsOf(await take('status.record.dead'));
    expect(left).toEqual(
      letters(100)
        .map(({ id }) => id)
        .slice(replayed),
    );
  });

  it('wait for a full queue, and one is told', async () => {
    await queues.put(...letters(300));
    await queues.limitLength('status.record', 1);
    const replaying = signalbox('dead', 'replay', '--all', '--yes');
    await eventually('the queue is full', async () => (await queues.count('status.record')) >= 1);
    const stop = new AbortController();
    const drain = (async (): Promise<void> => {
      while (!stop.signal.aborted) await take('status.record');
    })();
    const { exitCode, err } = await replaying;
    stop.abort();
    await drain;
    expect(exitCode).toBe(EXIT.ok);
    expect(err).toContain('status.record is full: waiting until it takes more');
    expect(await queues.count('status.record.dead')).toBe(0);
  });

  it('are discarded for good, those that were meant only', async () => {
    await queues.put(...letters(5), { id: 'kept', type: 'stream.start' });
    const { out } = await signalbox('dead', 'discard', '--type', 'task.run', '--yes');
    expect(out).toContain('5 letters discarded\n');
    expect(idsOf(await take('status.record.dead'))).toEqual(['kept']);
  });

  it('are not touched without a choice, or without a yes', async () => {
    await queues.put({ id: 'one' });
    const all = await signalbox('dead', 'discard');
    expect(all.exitCode).toBe(EXIT.usage);
    expect(all.err).toContain('say which letters to discard');
    const unasked = await signalbox('--json', 'dead', 'discard', '--all');
    expect(unasked.exitCode).toBe(EXIT.usage);
    expect(unasked.err).toContain('discard 1 letter? Nothing was done');
    expect(await queues.count('status.record.dead')).toBe(1);
  });

  it('are changed in several walks when they must not be held for long', async () => {
    await queues.put(...letters(450));
    const seen: string[] = [];
    await changeLetters(
      queues.broker,
      {
        isMeant: ({ id }) => Number(id.slice('letter-'.length)) % 2 === 1,
        counts: new Map([['status.record.dead', 225]]),
        diedBefore: Date.now(),
        limit: 10_000,
        signal: new AbortController().signal,
        holdMs: 300,
      },
      async (found, remove) => {
        for (const one of found) {
          seen.push(one.letter.id);
          remove(one);
        }
      },
    );
    expect(new Set(seen).size).toBe(225);
    expect(seen).toHaveLength(225);
    expect(await queues.count('status.record.dead')).toBe(225);
  });

  it('that RabbitMQ gave up itself say so', async () => {
    const channel = await queues.broker.openChannel('consume');
    await channel.raw.deleteQueue('indexer.queries');
    await channel.raw.assertQueue('indexer.queries', {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 1,
        'x-dead-letter-exchange': 'signalbox.dead',
        'x-dead-letter-routing-key': 'indexer.documents.dead',
      },
    });
    channel.raw.sendToQueue('indexer.queries', Buffer.from('{"a":1}'), { persistent: true });
    await channel.consume('indexer.queries', (delivery) => channel.requeue(delivery));
    await eventually(
      'it was given up',
      async () => (await queues.count('indexer.documents.dead')) === 1,
    );
    await channel.close();
    const { objects } = await signalbox('--json', 'dead', 'list', '--each');
    expect(objects).toEqual([
      expect.objectContaining({
        code: 'delivery_limit',
        from: 'indexer.queries',
        type: 'indexer.queries',
        reason: expect.stringContaining('RabbitMQ gave it up'),
      }),
    ]);
    const again = await signalbox('--json', 'dead', 'list', '--each');
    expect(again.objects[0]?.id).toBe(objects[0]?.id);
    const [delivery] = await take('indexer.documents.dead');
    expect(letterOf(delivery as Delivery, 'indexer.documents.dead').failedAt).toBeGreaterThan(0);
  });

  it('are none where no service has ever started', async () => {
    const channel = await queues.broker.openChannel('consume');
    for (const { name } of Object.values(QUEUES)) await channel.raw.deleteQueue(name);
    await channel.close();
    const { exitCode, out } = await signalbox('dead', 'list');
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('no dead-letter queue');
  });
});
