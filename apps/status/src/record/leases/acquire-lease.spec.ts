import { describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  CancelTask,
  LeaseClosed,
  LeaseGranted,
  LeaseHeld,
  TargetsChanged,
} from '#contracts';
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

describe('S4: lease.acquire', () => {
  it('grants what nobody owns, with what is to be done and what is known', () => {
    const record = new RecordInMemory();
    run(record, 3, { timeoutMs: 5_000, maxFailures: '50%', executionTimeoutMs: 60_000 });
    const { replies } = acquire(record, chunk(1));
    expect(replies).toMatchObject([
      {
        contract: LeaseGranted,
        address: 'asker',
        body: {
          requestId: request(1),
          key: chunk(1),
          epoch: 1,
          cancelled: null,
          revoked: false,
          paused: false,
          requestedBy: 'unverified',
          chunk: {
            plugin: 'ssh',
            args: { command: 'uptime' },
            timeoutMs: 5_000,
            concurrency: 3,
            failuresLeft: 2,
            remainingMs: 60_000,
            known: [
              { target: 'host-1', started: false, attempt: 0 },
              { target: 'host-2', started: false, attempt: 0 },
              { target: 'host-3', started: false, attempt: 0 },
            ],
          },
        },
      },
    ]);
    expect(record.lease(chunk(1))).toMatchObject({
      due: false,
      owner: { instanceId: instance(1), requestId: request(1) },
    });
  });

  it('tells a later owner what the earlier ones did', () => {
    const record = new RecordInMemory();
    run(record, 4);
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, {
      'host-1': 'succeeded',
      'host-2': 'started',
      'host-3': 'started',
    });
    release(record, chunk(1), 1, instance(1), ['host-3']);
    const { replies } = acquire(record, chunk(1), instance(2), request(2));
    expect(replies).toMatchObject([
      {
        body: {
          epoch: 2,
          chunk: {
            known: [
              { target: 'host-1', started: false, attempt: 1, outcome: 'succeeded' },
              { target: 'host-2', started: true, attempt: 1 },
              { target: 'host-3', started: false, attempt: 1 },
              { target: 'host-4', started: false, attempt: 0 },
            ],
          },
        },
      },
    ]);
  });

  it('repeated by its owner gets the same grant again, with the marks as of now', () => {
    const record = new RecordInMemory();
    run(record, 2);
    const [first] = acquire(record, chunk(1)).replies;
    const [second] = acquire(record, chunk(1)).replies;
    expect(second).toEqual(first);
    record.tell(CancelTask, { executionId: EXECUTION });
    expect(acquire(record, chunk(1)).replies).toMatchObject([
      { contract: LeaseGranted, body: { epoch: 1, cancelled: { code: 'cancelled' } } },
    ]);
  });

  it.each([
    { who: 'another instance', owner: instance(2), requestId: request(1) },
    { who: 'another request of its owner', owner: instance(1), requestId: request(2) },
  ])('of $who is told that it is held', ({ owner, requestId }) => {
    const record = new RecordInMemory();
    run(record, 1);
    acquire(record, chunk(1));
    expect(acquire(record, chunk(1), owner, requestId).replies).toMatchObject([
      { contract: LeaseHeld, body: { requestId, key: chunk(1) } },
    ]);
  });

  it.each(['closed', 'unknown'])('of work that is %s is told that it is closed', (which) => {
    const record = new RecordInMemory();
    run(record, 1);
    if (which === 'closed') record.tell(CancelTask, { executionId: EXECUTION });
    const key = which === 'closed' ? chunk(1) : chunk(7);
    expect(acquire(record, key).replies).toMatchObject([{ contract: LeaseClosed, body: { key } }]);
  });

  it('counts a started attempt once its epoch is over', () => {
    const record = new RecordInMemory();
    run(record, 1);
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'started' });
    expire(record, chunk(1), 1, instance(1));
    expect(acquire(record, chunk(1), instance(2), request(2)).replies).toMatchObject([
      { body: { epoch: 2, chunk: { known: [{ started: true, attempt: 1 }] } } },
    ]);
  });

  it('grants a stream with its settings and the bounds of its newest start', () => {
    const record = new RecordInMemory();
    start(record);
    const { replies } = acquire(record, STREAM_KEY);
    expect(replies).toMatchObject([
      {
        contract: LeaseGranted,
        body: {
          epoch: 1,
          stream: {
            settings: { url: 'https://edge-01.example.net/logs', index: 'edge-access' },
            bounds: { to: record.nowMs + 86_400_000 },
          },
        },
      },
    ]);
    expect(record.lease(STREAM_KEY)).toMatchObject({ state: 'acquiring' });
  });

  it('is closed to whoever asks before anybody was offered the chunk', () => {
    const record = new RecordInMemory();
    run(record, 2, { batches: { sizes: [1] } });
    acquire(record, chunk(1));
    const changes = [{ target: 'host-1', state: 'succeeded', attempt: 1 }];
    const { replies } = record.apply(
      record.message(TargetsChanged, { key: chunk(1), epoch: 1, seq: 1, changes }),
      record.message(AcquireLease, {
        key: chunk(2),
        instanceId: instance(2),
        requestId: request(2),
      }),
    );
    expect(replies).toMatchObject([{ contract: LeaseClosed, body: { key: chunk(2) } }]);
    expect(record.lease(chunk(2))).toMatchObject({ due: true, owner: null, closed: false });
    expect(acquire(record, chunk(2)).replies).toMatchObject([{ contract: LeaseGranted }]);
  });
});
