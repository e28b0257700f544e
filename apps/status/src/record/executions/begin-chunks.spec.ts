import { describe, expect, it } from '@jest/globals';
import { PauseTask, ResumeTask, ServiceStarted } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  acquire,
  chunk,
  expire,
  instance,
  request,
  run,
  targetsChanged,
} from '../../../testing/messages.js';

function startRunners(record: RecordInMemory, count: number): void {
  for (let process = 1; process <= count; process += 1) {
    record.tell(ServiceStarted, {
      instanceId: instance(process),
      processId: instance(process).slice(0, 36),
      service: 'task-runner',
      version: '0.1.0',
      plugins: [{ name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 1_000 }],
    });
  }
}

function concurrencies(record: RecordInMemory): number[] {
  return record.set.openChunksOf(EXECUTION).map(({ concurrency }) => concurrency);
}

function succeed(from: number, to: number): Record<string, 'succeeded'> {
  const names = Array.from({ length: to - from + 1 }, (_, at) => `host-${from + at}`);
  return Object.fromEntries(names.map((name) => [name, 'succeeded']));
}

describe('which chunks are due', () => {
  it.each([
    { runners: 0, concurrency: 50, expected: [50] },
    { runners: 1, concurrency: 50, expected: [50] },
    { runners: 2, concurrency: 50, expected: [25, 25] },
    { runners: 3, concurrency: 50, expected: [17, 17, 16] },
    { runners: 4, concurrency: 2, expected: [1, 1] },
    { runners: 2, concurrency: 1_000, expected: [500, 500] },
  ])(
    'share $concurrency out over $runners task-runners as $expected',
    ({ runners, concurrency, expected }) => {
      const record = new RecordInMemory();
      startRunners(record, runners);
      run(record, 2_500, { concurrency });
      expect(concurrencies(record)).toEqual(expected);
    },
  );

  it('grow in number as the open ones have fewer targets left than places', () => {
    const record = new RecordInMemory();
    run(record, 1_000, { concurrency: 100 });
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, succeed(1, 449));
    expect(concurrencies(record)).toEqual([100]);
    targetsChanged(record, chunk(1), 1, 2, succeed(450, 460));
    expect(concurrencies(record)).toEqual([100, 60]);
  });

  it('are those of the next batch only when the batch before has all its outcomes', () => {
    const record = new RecordInMemory();
    run(record, 10, { batches: { sizes: [1, 4] } });
    expect(record.dispatch()).toEqual([{ key: chunk(1), epoch: 1 }]);
    acquire(record, chunk(1));
    expect(record.dispatch()).toEqual([]);
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'failed' });
    expect(record.dispatch()).toEqual([{ key: chunk(2), epoch: 1 }]);
    expect(record.execution(EXECUTION)).toMatchObject({ batch: 2, outcome: null });
  });

  it('are none after a canary that is to be looked at, until somebody resumes', () => {
    const record = new RecordInMemory();
    run(record, 10, { batches: { sizes: [1, 4], pauseAfterCanary: true } });
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    expect(record.execution(EXECUTION).paused).toBe(true);
    expect(record.set.openChunksOf(EXECUTION)).toEqual([]);
    record.tell(ResumeTask, { executionId: EXECUTION });
    expect(record.dispatch()).toEqual([{ key: chunk(2), epoch: 1 }]);
    acquire(record, chunk(2));
    targetsChanged(record, chunk(2), 1, 1, succeed(2, 5));
    expect(record.execution(EXECUTION).paused).toBe(false);
  });

  it('are none while it is paused; resumed, what nobody owns is due, offered before or not', () => {
    const record = new RecordInMemory();
    startRunners(record, 2);
    run(record, 2_000, { concurrency: 50 });
    acquire(record, chunk(1), instance(1), request(1));
    record.dispatch();
    record.tell(PauseTask, { executionId: EXECUTION });
    expire(record, chunk(1), 1, instance(1));
    expect(record.dispatch()).toEqual([]);
    record.tell(ResumeTask, { executionId: EXECUTION });
    expect(record.dispatch()).toEqual([
      { key: chunk(1), epoch: 2 },
      { key: chunk(2), epoch: 1 },
    ]);
  });

  it('stay as they are when it is paused or resumed though nobody knows it', () => {
    const record = new RecordInMemory();
    const { replies } = record.tell(PauseTask, { executionId: EXECUTION });
    expect(replies).toMatchObject([{ body: { code: 'not-found' } }]);
  });
});
