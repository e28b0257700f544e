import { rowsOf } from './rows.ts';

/** Of each execution. */
export const TARGETS = 10;

/** What filters find: a plugin and an asker of nearly everything, and of hardly anything. */
export const COMMON = { plugin: 'ssh', requestedBy: 'user-1' } as const;
export const RARE = { plugin: 'audit', requestedBy: 'auditor' } as const;
/** A minute between executions; the oldest is younger than what retention deletes. */
export const NEWEST_MS = Date.now();
export const BETWEEN_MS = 60_000;

/**
 * Fills an empty record with executions of ten targets each, as they stand when they have ended, but for one in a thousand, which
 * runs: the executions, their chunk and their targets. One in ten thousand has the rare plugin, as many the rare asker.
 */
export async function fillRecord(databaseUrl: string, executions: number): Promise<void> {
  for (const statement of [EXECUTIONS, LEASES, TARGET_ROWS]) {
    await rowsOf(databaseUrl, statement, [executions]);
  }
  await rowsOf(databaseUrl, 'vacuum analyze');
}

const ID = `lpad(to_hex(n), 32, '0')::uuid`;
const RUNS = 'n % 1000 = 7';

const EXECUTIONS = `
  insert into executions (id, body_hash, plugin, args, policy, output, requested_by, total, state, outcome,
    begun_chunks, begun_targets, succeeded, failed, recorded_at, started_at, finished_at)
  select ${ID}, md5(n::text),
    case when n % 10000 = 3 then '${RARE.plugin}' when n % 5 = 0 then 'http' else '${COMMON.plugin}' end,
    '{"command": "systemctl restart edge-proxy", "sudo": true}', '{"concurrency": 20, "retries": {"limit": 2}}', '{"tailBytes": 4096}',
    case when n % 10000 = 5 then '${RARE.requestedBy}' when n % 4 = 0 then 'user-' || n % 200 else '${COMMON.requestedBy}' end,
    ${TARGETS},
    case when ${RUNS} then 'running' when n % 20 = 0 then 'failed' else 'succeeded' end,
    case when ${RUNS} then null when n % 20 = 0 then 'failed' else 'succeeded' end,
    1, ${TARGETS}, case when ${RUNS} then 4 when n % 20 = 0 then 9 else 10 end, case when n % 20 = 0 then 1 else 0 end,
    at, at + interval '1 s', case when ${RUNS} then null else at + interval '20 s' end
  from generate_series(1, $1::integer) n
  cross join lateral (select to_timestamp((${NEWEST_MS} - ($1::integer - n) * ${BETWEEN_MS}::bigint) / 1000.0) as at) as t`;

const LEASES = `
  insert into leases (key, execution_id, n, batch, first, size, open, attempted, concurrency, epoch, revoked, closed, closed_at, takeovers)
  select 'chunk/' || ${ID} || '/1', ${ID}, 1, 1, 1, ${TARGETS},
    case when ${RUNS} then 6 else 0 end, case when ${RUNS} then 6 else 0 end, 20, 1, false, not ${RUNS},
    case when not ${RUNS} then now() end, 0
  from generate_series(1, $1::integer) n`;

const TARGET_ROWS = `
  insert into targets (execution_id, ordinal, name, state, attempt, started, outcome, epoch, seq, started_at, ended_at,
    exit_code, termination, output_tail, output_bytes, output_truncated)
  select ${ID}, ordinal, 'deploy@edge-' || n || '-' || ordinal || '.example.net',
    case when over then 'succeeded' else 'started' end, 1, 1, case when over then 'succeeded' end, 1, 2 * ordinal,
    now(), case when over then now() end, 0, 'proven', 'edge-proxy restarted', 21, false
  from generate_series(1, $1::integer) n
  cross join generate_series(1, ${TARGETS}) ordinal
  cross join lateral (select not (${RUNS} and ordinal > 4) as over) as t`;
