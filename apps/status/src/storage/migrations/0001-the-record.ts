import { sql, type Kysely } from 'kysely';

/**
 * The record. One row per thing it knows: executions, their targets, leases (of chunks and streams), streams, instances,
 * indexes; what was asked (`commands`, `cancels`); what was said (`events`); and who may write (`writer`).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // One row. `term` grows with every consumer of status.record that took over; only the newest may write.
  // `clock` is the largest time that a status.tick carried.
  `create table writer (
     only_row boolean primary key default true check (only_row),
     term bigint not null default 0,
     clock timestamptz not null default 'epoch'
   )`,
  `insert into writer default values`,

  `create table executions (
     id uuid primary key,
     body_hash text not null,
     plugin text not null,
     args jsonb not null,
     policy jsonb not null,
     output jsonb not null,
     requested_by text not null,
     total integer not null,
     state text not null,
     outcome text,
     paused boolean not null default false,
     batch integer not null default 1,
     begun_chunks integer not null default 0,
     begun_targets integer not null default 0,
     mark jsonb,
     rest_mark jsonb,
     code text,
     reason text,
     succeeded integer not null default 0,
     failed integer not null default 0,
     timed_out integer not null default 0,
     cancelled integer not null default 0,
     lost integer not null default 0,
     skipped integer not null default 0,
     recorded_at timestamptz not null,
     started_at timestamptz,
     finished_at timestamptz,
     deadline_at timestamptz
   ) with (fillfactor = 70)`,
  `create index executions_by_age on executions (recorded_at desc, id)`,
  `create index executions_with_deadline on executions (deadline_at) where deadline_at is not null`,

  // One row per key (leases.md). A chunk has its row once it has begun; it counts its targets without outcome (open) and
  // those of them that had an attempt (attempted). ending says how the targets ended that had none: see target_states.
  `create table leases (
     key text primary key,
     execution_id uuid,
     n integer,
     batch integer,
     first integer,
     size integer,
     open integer,
     attempted integer,
     concurrency integer,
     stream_id text,
     epoch integer not null,
     owner_instance text,
     owner_request text,
     owner_since timestamptz,
     due_at timestamptz,
     offered_at timestamptz,
     mark jsonb,
     revoked boolean not null,
     closed boolean not null,
     ending jsonb,
     closed_at timestamptz,
     takeovers integer not null
   ) with (fillfactor = 70)`,
  `create index leases_open_chunks on leases (execution_id) where execution_id is not null and not closed`,
  `create index leases_by_target on leases (execution_id, first) where execution_id is not null`,
  `create index leases_owned on leases (owner_instance) where owner_instance is not null`,
  `create index leases_due on leases (due_at) where due_at is not null`,
  `create index leases_offered on leases (offered_at)
     where offered_at is not null and due_at is null and owner_instance is null and not closed`,

  `create table targets (
     execution_id uuid not null,
     ordinal integer not null,
     name text not null,
     state text,
     attempt integer not null default 0,
     started integer,
     outcome text,
     epoch integer not null default 0,
     seq bigint not null default 0,
     started_at timestamptz,
     ended_at timestamptz,
     code text,
     message text,
     exit_code bigint,
     http_status integer,
     termination text,
     output_tail text,
     output_bytes bigint,
     output_truncated boolean,
     primary key (execution_id, ordinal),
     unique (execution_id, name)
   ) with (fillfactor = 50)`,

  // Targets that were sent in pages, until the command that names them.
  `create table target_pages (
     execution_id uuid not null,
     page integer not null,
     targets text[] not null,
     body_hash text not null,
     at timestamptz not null,
     primary key (execution_id, page)
   )`,

  `create table streams (
     id text primary key,
     start_number integer not null,
     settings jsonb not null,
     requested_by text not null,
     wanted boolean not null,
     index_from timestamptz not null,
     index_to timestamptz not null,
     state text not null,
     code text,
     reason text,
     position jsonb,
     counters jsonb not null,
     counters_before jsonb not null,
     event_epoch integer not null,
     event_seq bigint not null,
     changed_at timestamptz not null
   ) with (fillfactor = 70)`,

  `create table services (
     instance_id text primary key,
     process_id uuid not null,
     service text not null,
     version text not null,
     plugins jsonb not null,
     started_at timestamptz not null,
     gone_at timestamptz,
     gone_as text,
     gone_reason text
   )`,
  `create index services_known on services (service) where gone_at is null`,

  // Counters and block come in different events, each with its own newest seq.
  `create table indexes (
     name text not null,
     instance_id text not null,
     counters_seq bigint not null,
     written bigint,
     duplicates bigint,
     rejected bigint,
     parked bigint,
     block_seq bigint not null,
     blocked_reason text,
     blocked_since timestamptz,
     primary key (name, instance_id)
   ) with (fillfactor = 70)`,

  // What was asked, by whom, and what was answered. Starts and stops of streams are recognised by their message id here.
  `create table commands (
     number bigint generated always as identity primary key,
     message_id text not null,
     type text not null,
     subject text not null,
     body_hash text not null,
     requested_by text not null,
     at timestamptz not null,
     result text not null,
     code text,
     reason text,
     unique (subject, message_id, type, body_hash)
   )`,
  `create index commands_by_age on commands (at desc, number desc)`,

  // Cancels of executions that may not be recorded yet.
  `create table cancels (
     execution_id uuid primary key,
     requested_by text not null,
     reason text,
     at timestamptz not null
   )`,

  // What was said, as it was said. A redelivery changes nothing.
  `create table events (
     aggregate text not null,
     epoch integer not null,
     seq bigint not null,
     type text not null,
     at timestamptz not null,
     superseded boolean not null,
     body jsonb not null,
     primary key (aggregate, epoch, seq)
   )`,

  // A target with the outcome that it has: its owner said it, or status ended its chunk, or the execution before the chunk
  // had begun.
  `create view target_states as
     select t.execution_id, t.ordinal, t.name, t.attempt, t.started_at, t.exit_code, t.http_status,
            t.output_tail, t.output_bytes, t.output_truncated, chunk.epoch, chunk.owner_instance,
            coalesce(t.outcome, ended.outcome, t.state, 'waiting') as state,
            coalesce(t.outcome, ended.outcome) as outcome,
            case when ended.outcome is null then t.code else ended.code end as code,
            case when ended.outcome is null then t.message end as message,
            case when ended.outcome is null then t.termination end as termination,
            case when ended.outcome is null then t.ended_at else ended.at end as ended_at
     from targets t
     join executions e on e.id = t.execution_id
     left join lateral (
       select l.first + l.size - 1 as last, l.epoch, l.owner_instance, l.ending, l.closed_at
       from leases l
       where l.execution_id = t.execution_id and l.first <= t.ordinal
       order by l.first desc
       limit 1
     ) as chunk on t.ordinal <= chunk.last
     cross join lateral (
       select case when t.outcome is not null then null
                   when chunk.last is null then e.rest_mark
                   else chunk.ending end as how
     ) as ending
     cross join lateral (
       select case when lost then 'lost' else ending.how->>'outcome' end as outcome,
              case when lost then 'owner-lost' else ending.how->>'code' end as code,
              coalesce(chunk.closed_at, e.finished_at) as at
       from (select coalesce((ending.how->>'finishRunning')::boolean and t.attempt > 0, false) as lost) as ran
     ) as ended`,
];
