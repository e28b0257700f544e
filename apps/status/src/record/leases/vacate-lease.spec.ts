import { describe, expect, it } from '@jest/globals';
import { CancelTask, LeaseUnknown, StreamFailed, StreamStopped, WorkOffered } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  STREAM_KEY,
  acquire,
  chunk,
  expire,
  instance,
  release,
  request,
  run,
  start,
  targetsChanged,
} from '../../../testing/messages.js';
import { MAX_TAKEOVERS } from './vacate-lease.js';

function owned(): RecordInMemory {
  const record = new RecordInMemory();
  run(record, 2);
  record.dispatch();
  acquire(record, chunk(1));
  return record;
}

describe('S7: expired, released, unknown', () => {
  it.each([
    { how: 'expired', takeovers: 1 },
    { how: 'unknown', takeovers: 1 },
    { how: 'released', takeovers: 0 },
  ])('$how leaves the work to the next owner: next epoch, due', ({ how, takeovers }) => {
    const record = owned();
    if (how === 'expired') expire(record, chunk(1), 1, instance(1));
    if (how === 'released') release(record, chunk(1), 1, instance(1));
    if (how === 'unknown') {
      record.tell(LeaseUnknown, { key: chunk(1), epoch: 1, instanceId: instance(1) });
    }
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 2, owner: null, due: true, takeovers });
  });

  it.each([
    { who: 'another instance', epoch: 1, by: instance(2) },
    { who: 'the owner of an older epoch', epoch: 0, by: instance(1) },
    { who: 'the owner of a later epoch', epoch: 2, by: instance(1) },
  ])('said of $who changes nothing', ({ epoch, by }) => {
    const record = owned();
    if (epoch > 0) expire(record, chunk(1), epoch, by);
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 1, owner: { instanceId: instance(1) } });
  });

  it('said twice counts once', () => {
    const record = owned();
    expire(record, chunk(1), 1, instance(1));
    expire(record, chunk(1), 1, instance(1));
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 2, takeovers: 1 });
  });

  it('released clears the started marks of the targets it names and of no other', () => {
    const record = owned();
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'started', 'host-2': 'started' });
    release(record, chunk(1), 1, instance(1), ['host-2']);
    expect(record.set.target(EXECUTION, 'host-1')?.started).toBe(1);
    expect(record.set.target(EXECUTION, 'host-2')).toMatchObject({ started: null, attempt: 1 });
  });
});

describe('S3: an offer that its queue could not get rid of', () => {
  it('counts as a vanished owner where nobody owns that epoch', () => {
    const record = new RecordInMemory();
    run(record, 1);
    record.dispatch();
    record.tell(WorkOffered, { key: chunk(1), epoch: 1 });
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 2, due: true, takeovers: 1 });
  });

  it('changes nothing where somebody owns that epoch, or it is over', () => {
    const record = owned();
    record.tell(WorkOffered, { key: chunk(1), epoch: 1 });
    expect(record.lease(chunk(1)).epoch).toBe(1);
    expire(record, chunk(1), 1, instance(1));
    record.tell(WorkOffered, { key: chunk(1), epoch: 1 });
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 2, takeovers: 1 });
  });
});

describe('S3: an offer is due no more', () => {
  it('once it is granted, or closed', () => {
    const record = new RecordInMemory();
    run(record, 1);
    expect(record.lease(chunk(1)).due).toBe(true);
    acquire(record, chunk(1));
    expect(record.lease(chunk(1)).due).toBe(false);
    expire(record, chunk(1), 1, instance(1));
    expect(record.lease(chunk(1)).due).toBe(true);
    record.tell(CancelTask, { executionId: EXECUTION });
    expect(record.lease(chunk(1))).toMatchObject({ closed: true, due: false });
  });
});

describe('S10: poison work', () => {
  it('closes when owner after owner vanishes with it, and its targets end lost', () => {
    const record = owned();
    for (let epoch = 1; epoch <= MAX_TAKEOVERS; epoch += 1) {
      acquire(record, chunk(1), instance(1), request(epoch));
      expire(record, chunk(1), epoch, instance(1));
    }
    expect(record.lease(chunk(1))).toMatchObject({
      closed: true,
      ending: { outcome: 'lost', code: 'owner-lost-repeatedly' },
    });
    expect(record.execution(EXECUTION).outcome).toBe('failed');
    expect(record.counts(EXECUTION)).toMatchObject({ lost: 2 });
  });

  it('does not count releases, nor owners before one that held it for ten minutes', () => {
    const record = owned();
    release(record, chunk(1), 1, instance(1));
    expect(record.lease(chunk(1)).takeovers).toBe(0);
    for (const epoch of [2, 3, 4]) {
      acquire(record, chunk(1), instance(1), request(epoch));
      expire(record, chunk(1), epoch, instance(1));
    }
    acquire(record, chunk(1), instance(1), request(5));
    record.nowMs += 600_000;
    expire(record, chunk(1), 5, instance(1));
    expect(record.lease(chunk(1))).toMatchObject({ closed: false, takeovers: 1 });
  });

  it('counts expired, unknown and offers that their queue gave up alike, until an outcome is recorded', () => {
    const record = owned();
    expire(record, chunk(1), 1, instance(1));
    acquire(record, chunk(1), instance(2), request(2));
    record.tell(LeaseUnknown, { key: chunk(1), epoch: 2, instanceId: instance(2) });
    record.tell(WorkOffered, { key: chunk(1), epoch: 3 });
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 4, takeovers: 3 });
    acquire(record, chunk(1), instance(2), request(4));
    targetsChanged(record, chunk(1), 4, 1, { 'host-1': 'started' });
    expect(record.lease(chunk(1)).takeovers).toBe(3);
    targetsChanged(record, chunk(1), 4, 2, { 'host-1': 'succeeded' });
    expect(record.lease(chunk(1)).takeovers).toBe(0);
  });

  it('begins anew with a newer start of a stream', () => {
    const record = new RecordInMemory();
    start(record);
    for (let epoch = 1; epoch < MAX_TAKEOVERS; epoch += 1) {
      acquire(record, STREAM_KEY, instance(1), request(epoch));
      expire(record, STREAM_KEY, epoch, instance(1));
    }
    start(record);
    acquire(record, STREAM_KEY, instance(1), request(MAX_TAKEOVERS));
    expire(record, STREAM_KEY, MAX_TAKEOVERS, instance(1));
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: false, takeovers: 1 });
  });

  it('fails a stream, and says so', () => {
    const record = new RecordInMemory();
    start(record);
    let announced;
    for (let epoch = 1; epoch <= MAX_TAKEOVERS; epoch += 1) {
      acquire(record, STREAM_KEY, instance(1), request(epoch));
      announced = expire(record, STREAM_KEY, epoch, instance(1)).announcements;
    }
    expect(announced).toMatchObject([
      { contract: StreamFailed, body: { key: STREAM_KEY, code: 'owner-lost-repeatedly' } },
    ]);
    expect(announced).not.toMatchObject([{ contract: StreamStopped }]);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      closed: true,
      state: 'failed',
      wanted: false,
    });
  });
});
