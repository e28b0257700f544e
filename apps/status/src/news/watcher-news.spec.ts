import { describe, expect, it } from '@jest/globals';
import { CancelTask, ExecutionChanged, TargetsChanged, type Contract } from '#contracts';
import { ManualClock } from '#supervisor';
import { EXECUTION, acquire, chunk, run } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { silentLog } from '#runtime';
import { apply } from '../record/apply.js';
import type { EndedTargets } from '../record/effects.js';
import { WatcherNews } from './watcher-news.js';

async function telling(
  during: (
    news: WatcherNews,
    clock: ManualClock,
    told: { contract: Contract; body: object }[],
  ) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const told: { contract: Contract; body: object }[] = [];
  const publish = (contract: Contract, body: object) => {
    told.push({ contract, body });
    return Promise.resolve();
  };
  const page = ({ last }: EndedTargets, from: number) =>
    Promise.resolve({
      changes: [{ target: `host-${from}`, state: 'cancelled' as const, attempt: 0 }],
      next: from < last ? from + 1 : undefined,
    });
  const news = new WatcherNews(
    { page },
    { publish: publish as never },
    { dropped: () => undefined },
    silentLog,
    clock,
  );
  const stop = new AbortController();
  const ended = news.run(stop.signal).catch((error: unknown) => error);
  await during(news, clock, told);
  const reason = new Error('stop');
  stop.abort(reason);
  expect(await ended).toBe(reason);
}

/** Applies to the record in memory, and leaves the effects in it. */
function applied(record: RecordInMemory, ...[contract, body]: [Contract, object]) {
  apply(record.set, [record.message(contract, body)], {
    nowMs: record.nowMs,
    requireUser: false,
  });
  return record.set;
}

describe('news for watchers', () => {
  it('say of an execution at most four times a second how far it is', async () => {
    const record = new RecordInMemory();
    run(record, 3);
    acquire(record, chunk(1));
    const changed = (seq: number, host: string) => {
      const changes = [{ target: host, state: 'succeeded', attempt: 1 }];
      return applied(record, TargetsChanged, { key: chunk(1), epoch: 1, seq, changes });
    };
    await telling(async (news, clock, told) => {
      news.take(changed(1, 'host-1'));
      news.take(changed(2, 'host-2'));
      await clock.advanceAsync(250);
      expect(told).toMatchObject([
        {
          contract: ExecutionChanged,
          body: { executionId: EXECUTION, counts: { succeeded: 2, waiting: 1 } },
        },
      ]);
      await clock.advanceAsync(1_000);
      expect(told).toHaveLength(1);
    });
  });

  it('name the targets that status ended, page by page', async () => {
    const record = new RecordInMemory();
    run(record, 2);
    const set = applied(record, CancelTask, { executionId: EXECUTION });
    await telling(async (news, clock, told) => {
      news.take(set);
      await clock.advanceAsync(250);
      expect(told.filter(({ contract }) => contract === TargetsChanged)).toMatchObject([
        { body: { key: chunk(1), seq: 1, changes: [{ target: 'host-1', state: 'cancelled' }] } },
        { body: { key: chunk(1), seq: 2, changes: [{ target: 'host-2', state: 'cancelled' }] } },
      ]);
    });
  });
});
