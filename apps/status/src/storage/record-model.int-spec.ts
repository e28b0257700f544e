import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { NOW, story } from '../../testing/stories.js';

describe('a record that is read and written batch by batch', () => {
  let record: RecordOnPostgres;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());

  it('is the record that never left memory', async () => {
    const agreement = fc.asyncProperty(story, async (batches) => {
      await record.clear();
      const memory = new RecordInMemory();
      memory.nowMs = NOW;
      for (const batch of batches) {
        const expected = memory.apply(...batch);
        const { effects } = await record.apply(NOW, ...batch);
        expect(effects.replies).toEqual(expected.replies);
        expect(effects.announcements).toEqual(expected.announcements);
        expect(effects.superseded).toBe(expected.superseded);
      }
      expect(await stored(record)).toEqual(remembered(memory));
    });
    await fc.assert(agreement, { numRuns: 80 });
  }, 120_000);
});

/** The record as its tables show it to readers. */
async function stored(record: RecordOnPostgres) {
  const executions = await record.rows(
    'select id, state, paused, batch, code, succeeded, failed, cancelled, lost, skipped from executions order by id',
  );
  const leases = await record.rows(
    `select key, epoch, owner_instance as owner, due_at is not null as due, mark->>'code' as mark, revoked, closed,
            takeovers, open, attempted from leases order by key`,
  );
  const ended = await record.rows(
    `select execution_id as id, outcome, count(*) as targets from target_states
     where outcome is not null group by 1, 2 order by 1, 2`,
  );
  const streams = await record.rows(
    `select start_number, wanted, state, settings->>'index' as index, event_epoch, event_seq from streams`,
  );
  return { executions, leases, ended, streams };
}

/** The same, from memory. */
function remembered({ set }: RecordInMemory) {
  const byKey = <T extends { readonly key: string }>(a: T, b: T) => (a.key < b.key ? -1 : 1);
  const all = [...set.executions.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const executions = all.map(({ id: executionId, counts, ...one }) => ({
    id: executionId,
    state: one.outcome ?? (one.paused ? 'paused' : one.startedAtMs === null ? 'queued' : 'running'),
    paused: one.paused,
    batch: one.batch,
    code: one.code,
    succeeded: counts.succeeded,
    failed: counts.failed,
    cancelled: counts.cancelled,
    lost: counts.lost,
    skipped: counts.skipped,
  }));
  const leases = [...set.leases.values()].toSorted(byKey).map((lease) => ({
    key: lease.key,
    epoch: lease.epoch,
    owner: lease.owner?.instanceId ?? null,
    due: lease.due,
    mark: lease.mark?.code ?? null,
    revoked: lease.revoked,
    closed: lease.closed,
    takeovers: lease.takeovers,
    open: lease.kind === 'chunk' ? lease.open : null,
    attempted: lease.kind === 'chunk' ? lease.attempted : null,
  }));
  const ended = all.flatMap(({ id: executionId, counts }) =>
    Object.entries(counts)
      .filter(([, targets]) => targets > 0)
      .map(([outcome, targets]) => ({ id: executionId, outcome, targets }))
      .toSorted((a, b) => (a.outcome < b.outcome ? -1 : 1)),
  );
  const streams = [...set.leases.values()].flatMap((lease) =>
    lease.kind === 'stream'
      ? {
          start_number: lease.startNumber,
          wanted: lease.wanted,
          state: lease.state,
          index: lease.settings.index,
          event_epoch: lease.eventEpoch,
          event_seq: lease.eventSeq,
        }
      : [],
  );
  return { executions, leases, ended, streams };
}
