import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decided, play, plot, shuffledTwice } from '../../testing/owners.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { replay, type Decided } from '../../testing/replay.js';
import { NOW } from '../../testing/stories.js';
import type { LoggedEvent } from '../record/changes.js';
import type { WorkingSet } from '../record/working-set.js';
import { Batches } from '../retention/batches.js';
import { DAY_MS, sweep } from '../retention/sweep.js';
import { Tally } from '../retention/tally.js';
import { rowsJson, type RowStatement } from './rows/row-statement.js';
import {
  UPDATE_INTERRUPTED_TARGETS,
  UPDATE_TARGETS,
  interruptedTargetRow,
  targetRow,
} from './rows/target-rows.js';

const AGES = { recordMs: 90 * DAY_MS, eventsMs: 7 * DAY_MS, auditMs: 365 * DAY_MS };

describe('the event log in PostgreSQL', () => {
  const never = new AbortController().signal;
  let record: RecordOnPostgres;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());

  it('gives the same rows again, however it is shuffled and repeated, and when old words are gone', async () => {
    const same = fc.asyncProperty(plot, fc.infiniteStream(fc.nat()), async (story, numbers) => {
      await record.clear();
      const memory = await play(story, (batch) => record.apply(NOW, ...batch));
      const before = await rows();
      await rebuild(decided(memory), numbers);
      expect(await rows()).toEqual(before);
      await sweep(new Batches(record.pool), AGES, NOW + 8 * DAY_MS, new Tally(), never);
      await rebuild(decided(memory), numbers);
      expect(await rows()).toEqual(before);
    });
    await fc.assert(same, { numRuns: 40 });
  }, 120_000);

  async function rebuild(known: Decided, numbers: Iterator<number>): Promise<void> {
    const log = await record.rows<LoggedEvent>(
      'select aggregate, epoch, seq, type, body, superseded from events',
    );
    await blank();
    await write(replay(shuffledTwice(log, numbers), known));
  }

  /** What events say. Whether a target with an outcome had started says nothing any more: it depends on what came first. */
  async function rows() {
    return {
      targets: await record.rows(
        `select *, case when outcome is null then started end as started from targets order by ordinal`,
      ),
      chunks: await record.rows(
        'select key, open, attempted from leases where execution_id is not null order by key',
      ),
      executions: await record.rows(
        'select id, succeeded, failed, timed_out, cancelled, lost, skipped from executions',
      ),
      streams: await record.rows(
        'select id, position, counters, counters_before, event_epoch, event_seq from streams',
      ),
    };
  }

  async function blank(): Promise<void> {
    await record.rows(
      `update targets set state = null, attempt = 0, started = null, outcome = null, epoch = 0, seq = 0, started_at = null,
         ended_at = null, code = null, message = null, exit_code = null, http_status = null, termination = null,
         output_tail = null, output_bytes = null, output_truncated = null`,
    );
    await record.rows('update leases set open = -1, attempted = -1 where execution_id is not null');
    await record.rows(
      'update executions set succeeded = -1, failed = -1, timed_out = -1, cancelled = -1, lost = -1, skipped = -1',
    );
    await record.rows(
      `update streams set position = null, counters = '{}', counters_before = '{}', event_epoch = 0, event_seq = 0`,
    );
  }

  async function write(set: WorkingSet): Promise<void> {
    const targets = [...set.changes.targets];
    const put = (statement: RowStatement, changed: readonly object[]) =>
      record.rows(statement.text, [rowsJson(changed)]);
    await put(
      UPDATE_INTERRUPTED_TARGETS,
      targets.filter(({ change }) => change === null).map(interruptedTargetRow),
    );
    await put(UPDATE_TARGETS, targets.filter(({ change }) => change !== null).map(targetRow));
    for (const { id, counts } of set.executions.values()) {
      const { succeeded, failed, cancelled, lost, skipped } = counts;
      await record.rows(
        `update executions set succeeded = $2, failed = $3, timed_out = $4, cancelled = $5, lost = $6, skipped = $7
         where id = $1`,
        [id, succeeded, failed, counts['timed-out'], cancelled, lost, skipped],
      );
    }
    for (const lease of set.leases.values()) {
      if (lease.kind === 'chunk') {
        const { key, open, attempted } = lease;
        await record.rows('update leases set open = $2, attempted = $3 where key = $1', [
          key,
          open,
          attempted,
        ]);
      } else {
        const { streamId, position, counters, countersBefore, eventEpoch, eventSeq } = lease;
        await record.rows(
          `update streams set position = $2, counters = $3, counters_before = $4, event_epoch = $5, event_seq = $6
           where id = $1`,
          [streamId, position, counters, countersBefore, eventEpoch, eventSeq],
        );
      }
    }
  }
});
