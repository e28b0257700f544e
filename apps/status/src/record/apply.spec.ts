import { describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  ExecutionFinished,
  LeaseExpired,
  StopStream,
  TargetsChanged,
} from '#contracts';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import {
  STREAM,
  STREAM_KEY,
  acquire,
  chunk,
  instance,
  report,
  request,
  run,
  start,
} from '../../testing/messages.js';

describe('S1: a batch', () => {
  it('applies events before all else, so an outcome that is in the queue is not thrown away', () => {
    const record = new RecordInMemory();
    run(record, 1);
    acquire(record, chunk(1));
    const told = record.apply(
      record.message(LeaseExpired, { key: chunk(1), epoch: 1, instanceId: instance(1) }),
      record.message(TargetsChanged, report(chunk(1), 1, 1, { 'host-1': 'succeeded' })),
    );
    expect(told.announcements).toMatchObject([
      { contract: ExecutionFinished, body: { outcome: 'succeeded' } },
    ]);
    expect(record.lease(chunk(1))).toMatchObject({ closed: true, epoch: 1 });
  });

  it('applies all else in the order of the queue', () => {
    const record = new RecordInMemory();
    start(record);
    record.apply(
      record.message(AcquireLease, {
        key: STREAM_KEY,
        instanceId: instance(1),
        requestId: request(1),
      }),
      record.message(StopStream, { streamId: STREAM }),
    );
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: false, mark: { code: 'cancelled' } });
  });
});
