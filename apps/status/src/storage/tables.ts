import type { Generated } from 'kysely';
import type {
  AuditResult,
  ExecutionOutcome,
  ExecutionState,
  OutputSettings,
  PluginDeclaration,
  Policy,
  RecordedTargetState,
  RunTask,
  ServiceName,
  StreamCounters,
  StreamPosition,
  StreamSettings,
  StreamState,
  TargetOutcome,
  Termination,
} from '#contracts';

/** What is read of the record, as rows: times are milliseconds since 1970 (see `readerPool`). */
export interface Tables {
  readonly writer: { readonly term: number; readonly clock: number };
  readonly executions: ExecutionRow;
  readonly leases: LeaseRow;
  readonly target_states: TargetStateRow;
  readonly streams: StreamRow;
  readonly services: ServiceRow;
  readonly indexes: IndexRow;
  readonly commands: CommandRow;
}

export interface ExecutionRow {
  readonly id: string;
  readonly plugin: string;
  readonly args: RunTask['args'];
  readonly policy: Policy;
  readonly output: OutputSettings;
  readonly requested_by: string;
  readonly total: number;
  readonly state: ExecutionState;
  readonly outcome: ExecutionOutcome | null;
  readonly batch: number;
  readonly code: string | null;
  readonly reason: string | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly timed_out: number;
  readonly cancelled: number;
  readonly lost: number;
  readonly skipped: number;
  readonly recorded_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export interface LeaseRow {
  readonly key: string;
  readonly execution_id: string | null;
  readonly stream_id: string | null;
  readonly attempted: number | null;
  readonly epoch: number;
  readonly owner_instance: string | null;
  readonly owner_since: number | null;
  readonly closed: boolean;
}

export interface TargetStateRow {
  readonly execution_id: string;
  readonly ordinal: number;
  readonly name: string;
  readonly state: RecordedTargetState;
  readonly outcome: TargetOutcome | null;
  readonly attempt: number;
  readonly epoch: number | null;
  readonly owner_instance: string | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly exit_code: number | null;
  readonly http_status: number | null;
  readonly termination: Termination | null;
  readonly output_tail: string | null;
  readonly output_bytes: number | null;
  readonly output_truncated: boolean | null;
}

export interface StreamRow {
  readonly id: string;
  readonly settings: StreamSettings;
  readonly wanted: boolean;
  readonly state: StreamState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly position: StreamPosition | null;
  readonly counters: StreamCounters;
  readonly counters_before: StreamCounters;
}

export interface ServiceRow {
  readonly instance_id: string;
  readonly process_id: string;
  readonly service: ServiceName;
  readonly version: string;
  readonly plugins: readonly PluginDeclaration[];
  readonly started_at: number;
  readonly gone_at: number | null;
  /** `replaced`: its process goes on as another instance. */
  readonly gone_as: 'stopped' | 'lost' | 'replaced' | null;
  readonly gone_reason: string | null;
}

/** What one indexer says about one index; counters are null until it has counted. */
export interface IndexRow {
  readonly name: string;
  readonly instance_id: string;
  readonly written: number | null;
  readonly duplicates: number | null;
  readonly rejected: number | null;
  readonly parked: number | null;
  readonly blocked_reason: string | null;
  readonly blocked_since: number | null;
}

export interface CommandRow {
  readonly number: Generated<number>;
  readonly message_id: string;
  readonly type: string;
  readonly subject: string;
  readonly requested_by: string;
  readonly at: number;
  readonly result: AuditResult;
  readonly code: string | null;
  readonly reason: string | null;
}
