import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { composeMessage } from '#broker';
import {
  AcquireLease,
  CancelTask,
  InvalidMessageError,
  LeaseLostError,
  LeasePing,
  LeaseReleased,
  LeaseUnknown,
  ServiceStarted,
  StreamChanged,
  chunkKey,
  controlQueue,
  type LeaseMark,
} from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import { gone, grant } from '../testing/scripted-record.js';
import { WorkerUnderTest, stateOf } from '../testing/worker-under-test.js';

const KEY = 'stream/edge';
const CANCEL: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };

describe('a lease', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.started('task-runner');
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  describe('hears what the record says', () => {
    it('in pings: marks merge, and what is no news is not told', async () => {
      const { record } = worker;
      const lease = await worker.granted(KEY);
      const heard: object[] = [];
      const stop = lease.onMarks((marks) => heard.push(marks));
      for (const news of [
        { paused: true },
        { paused: true },
        { revoked: true },
        { cancelled: CANCEL },
      ]) {
        await record.ping(worker.instance(1), stateOf(KEY, news));
      }
      await worker.dealtWith();
      stop();
      await record.ping(worker.instance(1), stateOf(KEY, { paused: true }));
      await worker.dealtWith();
      expect(heard).toEqual([
        { cancelled: null, revoked: false, paused: true },
        { cancelled: null, revoked: true, paused: false },
        { cancelled: CANCEL, revoked: true, paused: false },
      ]);
      expect(lease.marks).toEqual({ cancelled: CANCEL, revoked: true, paused: true });
    });

    it('in a ping that arrives together with the grant', async () => {
      const { record } = worker;
      record.answers = () => undefined;
      for (let n = 1; n <= 30; n += 1) {
        const key = `stream/s-${n}`;
        const acquiring = worker.granted(key);
        const request = (await record.hears(AcquireLease, n)).at(-1);
        if (request === undefined) throw new Error('nothing was asked');
        await Promise.all([
          record.answer(request, grant(request)),
          record.ping(worker.instance(1), stateOf(key, { cancelled: CANCEL })),
        ]);
        const lease = await acquiring;
        await eventually('it is heard', () => lease.marks.cancelled !== null, 1_000);
        expect(lease.marks.cancelled).toEqual(CANCEL);
      }
      expect(record.all(LeaseUnknown)).toEqual([]);
    }, 20_000);

    it('in a grant, at once', async () => {
      const { record } = worker;
      record.answers = (request) => grant(request, { cancelled: CANCEL });
      const lease = await worker.granted(KEY);
      const heard: object[] = [];
      lease.onMarks((marks) => heard.push(marks));
      expect(heard).toEqual([{ cancelled: CANCEL, revoked: false, paused: false }]);
    });

    it('in a cancel that is broadcast, if it is a chunk of that execution', async () => {
      const { record } = worker;
      const [mine, theirs] = [randomUUID(), randomUUID()];
      const chunk = await worker.granted(chunkKey(mine, 1));
      const other = await worker.granted(chunkKey(theirs, 1));
      await record.cancel(mine);
      await eventually('it is heard', () => chunk.marks.cancelled !== null);
      await worker.dealtWith();
      expect(chunk.marks.cancelled).toEqual(CANCEL);
      expect(other.marks.cancelled).toBeNull();
    });

    it('and not what came around the exchanges where the broker checks who speaks', async () => {
      const { brokers, broker } = worker;
      const executionId = randomUUID();
      const key = chunkKey(executionId, 1);
      const lease = await worker.granted(key);
      const { name } = controlQueue('task-runner', worker.instance(1));
      const sender = { appId: 'streamer' };
      const forged = [
        composeMessage(CancelTask, { executionId }, sender),
        composeMessage(LeasePing, { leases: [stateOf(key, { cancelled: CANCEL })] }, sender, {
          address: worker.instance(1),
        }),
      ];
      for (const message of forged) {
        await broker.publisher.send({ ...message, exchange: '', routingKey: name });
      }
      const deadLettered = { headers: { 'x-death': [{ queue: 'streamer.control.x' }] } };
      await broker.publisher.publish(CancelTask, { executionId }, deadLettered);
      await worker.dealtWith();
      expect(lease.marks.cancelled).toBeNull();
      expect(brokers.log.messages('warn')).toEqual(
        Array(3).fill('control message ignored: nobody checked its sender'),
      );
    });

    it('although a listener throws: the others hear, and no lease is lost', async () => {
      const { record, brokers } = worker;
      const [one, other] = [await worker.granted('stream/a'), await worker.granted('stream/b')];
      const heard: string[] = [];
      one.onMarks(() => {
        throw new Error('a defect');
      });
      one.onMarks(() => heard.push('a'));
      other.onMarks(() => heard.push('b'));
      await record.ping(
        worker.instance(1),
        stateOf('stream/a', { paused: true }),
        stateOf('stream/b', { paused: true }),
      );
      await worker.dealtWith();
      expect(heard).toEqual(['a', 'b']);
      expect(brokers.log.messages('error')).toEqual(['a listener of a lease failed']);
      expect([one.lost.aborted, other.lost.aborted]).toEqual([false, false]);
    });

    it('and does not mind an older epoch', async () => {
      const { record } = worker;
      record.answers = (request) => grant(request, { epoch: 5 });
      const lease = await worker.granted(KEY);
      await record.ping(worker.instance(1), stateOf(KEY, { epoch: 4, cancelled: CANCEL }));
      await worker.dealtWith();
      expect(lease.marks.cancelled).toBeNull();
      expect(worker.disowned(KEY)).toEqual([]);
    });
  });

  it('that is not held here is owned up to: another key, or a newer epoch', async () => {
    const { record } = worker;
    const lease = await worker.granted(KEY);
    await record.ping(
      worker.instance(1),
      stateOf('stream/never', { epoch: 7 }),
      stateOf(KEY, { epoch: 2 }),
    );
    const instanceId = worker.instance(1);
    expect(await record.hears(LeaseUnknown, 2)).toEqual([
      { key: 'stream/never', epoch: 7, instanceId },
      { key: KEY, epoch: 2, instanceId },
    ]);
    expect(lease.lost.aborted).toBe(false);
  });

  it('that is being asked for is not disowned', async () => {
    const { client, record } = worker;
    record.answers = () => undefined;
    const stop = new AbortController();
    const acquiring = client.acquire(KEY, stop.signal);
    await record.hears(AcquireLease);
    await record.ping(worker.instance(1), stateOf(KEY, { epoch: 9 }));
    await worker.dealtWith();
    expect(worker.disowned(KEY)).toEqual([]);
    stop.abort(new Error('enough'));
    await expect(acquiring).rejects.toThrow('enough');
  });

  describe('is spoken of', () => {
    it('with numbers from 1, and not in words that nobody can read', async () => {
      const lease = await worker.granted(KEY);
      expect([lease.nextSeq(), lease.nextSeq()]).toEqual([1, 2]);
      await expect(
        lease.publish(StreamChanged, { key: KEY, epoch: 1 } as StreamChanged),
      ).rejects.toBeInstanceOf(InvalidMessageError);
      expect(lease.lost.aborted).toBe(false);
    });

    it('as soon as the queue of the record has room: nothing is lost', async () => {
      const { client, record } = worker;
      const lease = await worker.granted(KEY);
      await worker.fillRecord();
      const releasing = lease.release(['db-01']);
      await eventually('it says so', () => client.trouble()?.includes('a queue is full'));
      await worker.emptyRecord();
      await releasing;
      const [released] = await record.hears(LeaseReleased);
      const instanceId = worker.instance(1);
      expect(released).toEqual({ key: KEY, epoch: 1, instanceId, interrupted: ['db-01'] });
      expect(client.leases).toEqual([]);
      expect(client.trouble()).toBeUndefined();
      const counted = worker.counted.filter((event) => event.endsWith(' lease.released'));
      expect([...new Set(counted)]).toEqual([
        'published lease.released',
        'republished lease.released',
        'confirmed lease.released',
      ]);
    }, 20_000);

    it('no more once it is lost', async () => {
      const { client, record, proxy } = worker;
      const lease = await worker.granted(KEY);
      await worker.fillRecord();
      const releasing = lease.release();
      await eventually('it waits', () => client.trouble()?.includes('a queue is full'));
      record.resumes = gone;
      proxy.cut();
      await worker.emptyRecord();
      await expect(releasing).rejects.toBeInstanceOf(LeaseLostError);
      await expect(lease.release()).rejects.toBeInstanceOf(LeaseLostError);
      await record.hears(ServiceStarted, 2);
      expect(record.all(LeaseReleased)).toEqual([]);
    }, 20_000);
  });
});
