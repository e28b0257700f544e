import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  LeaseLostError,
  LeaseReleased,
  LeaseUnknown,
  LeasesResumed,
  ResumeLeases,
  ServiceStarted,
  StreamCheckpointed,
  type LeaseMark,
  type StreamReport,
} from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import { gone, grant, resumed } from '../testing/scripted-record.js';
import { WorkerUnderTest, stateOf } from '../testing/worker-under-test.js';
import type { Lease } from './lease.js';

const KEY = 'stream/edge';
const CANCEL: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };
const GRACE_MS = 2_000;

describe('W7: the lease channel is lost', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.started('streamer', { graceMs: GRACE_MS });
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  /** Says something about the stream. */
  async function report(lease: Lease): Promise<void> {
    const counters = { documents: 0, bytes: 0, reconnects: 0, rejected: 0 };
    const { key, epoch } = lease;
    const body = { key, epoch, seq: lease.nextSeq(), state: 'streaming', counters } as const;
    await lease.publish<StreamReport>(StreamCheckpointed, body);
  }

  const reported = (): number[] => worker.record.all(StreamCheckpointed).map(({ seq }) => seq);

  it('what is held is in doubt, then kept by the next instance, which asked before it said a word', async () => {
    const { client, record, proxy } = worker;
    const leases = [await worker.granted('stream/a'), await worker.granted('stream/b')];
    const doubts: boolean[] = [];
    leases[0]?.onSuspension((isSuspended) => doubts.push(isSuspended));
    proxy.cut();
    const announced = await record.hears(ServiceStarted, 2);
    expect(announced.map(({ instanceId }) => instanceId)).toEqual([
      worker.instance(1),
      worker.instance(2),
    ]);
    const ofTheSecond = record.said.slice(
      record.said.findIndex(({ body }) => body === announced[0]),
    );
    expect(ofTheSecond.map(({ message }) => message.type).filter(isOfInstance)).toEqual([
      'service.started',
      'lease.resume',
      'service.started',
    ]);
    expect(record.all(ResumeLeases)).toMatchObject([
      {
        from: [worker.instance(1)],
        instanceId: worker.instance(2),
        leases: [
          { key: 'stream/a', epoch: 1 },
          { key: 'stream/b', epoch: 1 },
        ],
      },
    ]);
    expect(doubts).toEqual([true, false]);
    expect(leases.map(({ lost, isSuspended }) => [lost.aborted, isSuspended])).toEqual([
      [false, false],
      [false, false],
    ]);
    expect(client.leases).toEqual(leases);
    await eventually('all is well', () => client.trouble() === undefined);
  });

  it('what was said and not confirmed is said again as it was, then what waited, in order', async () => {
    const { client, proxy, record } = worker;
    const lease = await worker.granted(KEY);
    await report(lease);
    await record.hears(StreamCheckpointed);
    await worker.fillRecord();
    const saying = [report(lease)];
    await eventually('it waits', () => client.trouble()?.includes('a queue is full'));
    proxy.cut();
    await eventually('it is in doubt', () => lease.isSuspended);
    saying.push(report(lease), report(lease));
    await worker.emptyRecord();
    await Promise.all(saying);
    await record.hears(StreamCheckpointed, 4);
    expect(reported()).toEqual([1, 2, 3, 4]);
  }, 20_000);

  it('a release that was not confirmed is said again, by the instance that holds the lease now', async () => {
    const { client, record, proxy } = worker;
    const lease = await worker.granted(KEY);
    await worker.fillRecord();
    const releasing = lease.release();
    await eventually('it waits', () => client.trouble()?.includes('a queue is full'));
    proxy.cut();
    await worker.emptyRecord();
    await releasing;
    const released = await record.hears(LeaseReleased);
    expect(released.at(-1)).toMatchObject({ key: KEY, instanceId: worker.instance(2) });
    expect(client.leases).toEqual([]);
  }, 20_000);

  it('a release in doubt waits for the answer, then is said: a drain loses nothing (W9)', async () => {
    const { client, record, proxy } = worker;
    record.resumes = () => undefined;
    const lease = await worker.granted(KEY);
    proxy.cut();
    const [question] = await record.hears(ResumeLeases);
    if (question === undefined) throw new Error('nothing was asked');
    const releasing = lease.release();
    await worker.dealtWith(2);
    expect(record.all(LeaseReleased)).toEqual([]);
    await record.answer(question, answerOf(question, resumed(question)));
    await releasing;
    const [released] = await record.hears(LeaseReleased);
    expect(released).toMatchObject({ key: KEY, epoch: 1, instanceId: worker.instance(2) });
    expect(client.leases).toEqual([]);
  });

  it('the marks of the answer are obeyed, and so is what is said in the grace', async () => {
    const { record, proxy } = worker;
    record.resumes = () => undefined;
    const lease = await worker.granted(KEY);
    proxy.cut();
    const [question] = await record.hears(ResumeLeases);
    if (question === undefined) throw new Error('nothing was asked');
    await record.ping(worker.instance(2), stateOf(KEY, { revoked: true }));
    await eventually('the ping is heard', () => lease.marks.revoked);
    const kept = Object.assign(stateOf(KEY, { cancelled: CANCEL }), { state: 'resumed' } as const);
    await record.answer(question, answerOf(question, [kept]));
    await eventually('the answer is heard', () => lease.marks.cancelled?.code === 'cancelled');
    expect(lease).toMatchObject({ isSuspended: false, marks: { revoked: true } });
  });

  it('gone: the lease is lost, and is not owned up to', async () => {
    const { client, record, proxy } = worker;
    record.resumes = gone;
    const lease = await worker.granted(KEY);
    proxy.cut();
    await eventually('it is lost', () => lease.lost.aborted);
    expect(lease.lost.reason).toBeInstanceOf(LeaseLostError);
    await expect(report(lease)).rejects.toBeInstanceOf(LeaseLostError);
    // It is let go only when its work has stopped.
    expect(client.leases).toEqual([lease]);
    lease.finish();
    expect(client.leases).toEqual([]);
  });

  it('the grace is over: the lease is lost, and a resume that was answered late is owned up to', async () => {
    const { record, proxy } = worker;
    record.resumes = () => undefined;
    const lease = await worker.granted(KEY);
    await report(lease);
    proxy.cut();
    const [question] = await record.hears(ResumeLeases);
    if (question === undefined) throw new Error('nothing was asked');
    await eventually('it is in doubt', () => lease.isSuspended);
    const waiting = report(lease);
    await expect(waiting).rejects.toMatchObject({ code: 'lease-lost' });
    expect(lease.lost.aborted).toBe(true);
    await record.answer(question, answerOf(question, resumed(question)));
    await record.hears(ServiceStarted, 2);
    lease.finish();
    const [unknown] = await record.hears(LeaseUnknown);
    expect(unknown).toEqual({ key: KEY, epoch: 1, instanceId: worker.instance(2) });
    // What waited was given up with the lease.
    expect(reported()).toEqual([1]);
  }, 20_000);

  it('of more leases than are spoken of at a time, all are kept', async () => {
    const { client, proxy } = worker;
    const keys = Array.from({ length: 1_200 }, (_, n) => `stream/s${n}`);
    const leases = await Promise.all(keys.map((key) => worker.granted(key)));
    const heard = { doubt: 0, kept: 0 };
    for (const lease of leases) {
      lease.onSuspension((isSuspended) => (heard[isSuspended ? 'doubt' : 'kept'] += 1));
    }
    proxy.cut();
    await eventually('all are kept', () => heard.kept === 1_200);
    expect(heard).toEqual({ doubt: 1_200, kept: 1_200 });
    expect(leases.filter(({ lost }) => lost.aborted)).toHaveLength(0);
    expect(client.leases).toHaveLength(1_200);
    for (const lease of leases) lease.finish();
  }, 30_000);

  it('cut again before the answer, every instance that may be the owner is named', async () => {
    const { record, proxy } = worker;
    record.resumes = () => undefined;
    const lease = await worker.granted(KEY);
    proxy.cut();
    await record.hears(ResumeLeases);
    record.resumes = resumed;
    proxy.cut();
    const questions = await record.hears(ResumeLeases, 2);
    expect(questions[1]).toMatchObject({
      from: [worker.instance(1), worker.instance(2)],
      instanceId: worker.instance(3),
    });
    await record.hears(ServiceStarted, 2);
    expect([lease.lost.aborted, lease.isSuspended]).toEqual([false, false]);
  });

  it('what is asked while it is in doubt waits for the next instance', async () => {
    const { client, record, proxy } = worker;
    record.resumes = () => undefined;
    await worker.granted(KEY);
    proxy.cut();
    const [question] = await record.hears(ResumeLeases);
    if (question === undefined) throw new Error('nothing was asked');
    const acquiring = client.acquire('stream/other');
    await record.answer(question, answerOf(question, resumed(question)));
    await expect(acquiring).resolves.toMatchObject({ answer: 'granted' });
    const [, other] = record.all(AcquireLease);
    expect(other).toMatchObject({ key: 'stream/other', instanceId: worker.instance(2) });
  });

  it('again and again, nothing is lost and everything is said once or as it was', async () => {
    const { record, proxy } = worker;
    const lease = await worker.granted(KEY);
    for (let cut = 0; cut < 5; cut += 1) {
      const saying = [report(lease), report(lease)];
      proxy.cut();
      saying.push(report(lease));
      await Promise.all(saying);
    }
    expect(lease.lost.aborted).toBe(false);
    await eventually('the record has all of it', () => new Set(reported()).size === 15);
    expect(record.all(LeaseUnknown)).toEqual([]);
  }, 20_000);
});

describe('W7: nobody answers the resume', () => {
  it('asks again, with the same id', async () => {
    await using worker = await WorkerUnderTest.started('streamer');
    const { record, proxy } = worker;
    let asked = 0;
    record.resumes = (question) => {
      asked += 1;
      return asked === 1 ? undefined : resumed(question);
    };
    const lease = await worker.granted(KEY);
    proxy.cut();
    const [first, second] = await record.hears(ResumeLeases, 2);
    expect(second).toEqual(first);
    await eventually('it is kept', () => !lease.isSuspended);
    expect(lease.lost.aborted).toBe(false);
  }, 20_000);
});

describe('W8: the consume connection is lost', () => {
  it('nothing held is in doubt, and an open request stays open', async () => {
    await using worker = await WorkerUnderTest.started('streamer');
    const { broker, client, record, management } = worker;
    await broker.openChannel('consume');
    const lease = await worker.granted(KEY);
    let doubts = 0;
    lease.onSuspension(() => (doubts += 1));
    record.answers = () => undefined;
    const acquiring = client.acquire('stream/other');
    const [, request] = await record.hears(AcquireLease, 2);
    if (request === undefined) throw new Error('nothing was asked');
    await management.closeConnection(`streamer ${broker.processId} consume`);
    await record.answer(request, grant(request));
    await expect(acquiring).resolves.toMatchObject({ answer: 'granted' });
    expect([lease.lost.aborted, doubts]).toEqual([false, 0]);
    expect(record.all(ServiceStarted)).toHaveLength(1);
  }, 20_000);
});

function answerOf({ requestId }: ResumeLeases, leases: LeasesResumed['leases']): LeasesResumed {
  return Object.assign(new LeasesResumed(), { requestId, leases });
}

function isOfInstance(type: string): boolean {
  return type === 'service.started' || type === 'lease.resume';
}
