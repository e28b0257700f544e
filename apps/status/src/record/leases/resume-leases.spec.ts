import { describe, expect, it } from '@jest/globals';
import { CancelTask, LeasesResumed, ResumeLeases } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  STREAM_KEY,
  acquire,
  chunk,
  expire,
  instance,
  request,
  run,
  start,
} from '../../../testing/messages.js';

function owned(): RecordInMemory {
  const record = new RecordInMemory();
  run(record, 1);
  start(record);
  acquire(record, chunk(1), instance(1, 1), request(1));
  acquire(record, STREAM_KEY, instance(1, 1), request(2));
  return record;
}

function resume(record: RecordInMemory, from: string[], to: string, epoch = 1) {
  return record.tell(ResumeLeases, {
    requestId: request(3),
    from,
    instanceId: to,
    leases: [
      { key: chunk(1), epoch },
      { key: STREAM_KEY, epoch: 1 },
    ],
  }).replies;
}

describe('S8: lease.resume', () => {
  it('keeps what the process held, in the same epoch, under its new instance', () => {
    const record = owned();
    expect(resume(record, [instance(1, 1)], instance(1, 2))).toMatchObject([
      {
        contract: LeasesResumed,
        body: { requestId: request(3), leases: [{ state: 'resumed' }, { state: 'resumed' }] },
      },
    ]);
    expect(record.lease(chunk(1))).toMatchObject({
      epoch: 1,
      owner: { instanceId: instance(1, 2), requestId: request(1) },
    });
  });

  it('asked again is answered the same', () => {
    const record = owned();
    const first = resume(record, [instance(1, 1)], instance(1, 2));
    expect(resume(record, [instance(1, 1)], instance(1, 2))).toEqual(first);
  });

  it('names every instance that the process has been', () => {
    const record = owned();
    resume(record, [instance(1, 1)], instance(1, 2));
    expect(resume(record, [instance(1, 1), instance(1, 2)], instance(1, 3))).toMatchObject([
      { body: { leases: [{ state: 'resumed' }, { state: 'resumed' }] } },
    ]);
  });

  it('makes the end of the earlier instance meaningless', () => {
    const record = owned();
    resume(record, [instance(1, 1)], instance(1, 2));
    expire(record, chunk(1), 1, instance(1, 1));
    expect(record.lease(chunk(1))).toMatchObject({
      epoch: 1,
      owner: { instanceId: instance(1, 2) },
    });
  });

  it.each([
    { what: 'was taken over', before: 'expire', epoch: 1 },
    { what: 'has another epoch', before: 'nothing', epoch: 2 },
  ])('says gone of what $what', ({ before, epoch }) => {
    const record = owned();
    if (before === 'expire') {
      expire(record, chunk(1), 1, instance(1, 1));
      acquire(record, chunk(1), instance(2), request(4));
    }
    expect(resume(record, [instance(1, 1)], instance(1, 2), epoch)).toMatchObject([
      { body: { leases: [{ key: chunk(1), epoch, state: 'gone' }, { state: 'resumed' }] } },
    ]);
  });

  it('says which marks stand on what is kept', () => {
    const record = owned();
    record.tell(CancelTask, { executionId: EXECUTION });
    start(record, { index: 'elsewhere' });
    expect(resume(record, [instance(1, 1)], instance(1, 2))).toMatchObject([
      {
        body: {
          leases: [
            { cancelled: { code: 'cancelled' }, revoked: false },
            { cancelled: null, revoked: true },
          ],
        },
      },
    ]);
  });
});
