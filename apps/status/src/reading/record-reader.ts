import type { Kysely } from 'kysely';
import {
  SignalboxError,
  type GetExecutionAnswered,
  type GetStreamAnswered,
  type ListAudit,
  type ListAuditAnswered,
  type ListExecutions,
  type ListExecutionsAnswered,
  type ListIndices,
  type ListIndicesAnswered,
  type ListServices,
  type ListServicesAnswered,
  type ListStreams,
  type ListStreamsAnswered,
  type ListTargets,
  type ListTargetsAnswered,
} from '#contracts';
import { isAboutData, postgresUnavailable } from '../storage/database-errors.js';
import type { Tables } from '../storage/tables.js';
import { AuditReader } from './audit-reader.js';
import { ExecutionReader } from './execution-reader.js';
import { IndexReader } from './index-reader.js';
import { invalidCursor } from './page.js';
import { ServiceReader } from './service-reader.js';
import { StreamReader } from './stream-reader.js';
import { TargetReader } from './target-reader.js';

/**
 * Every question that the record answers, over the broker and over HTTP alike. Pages are bounded. Throws `not-found`,
 * `invalid-cursor`, or a `DependencyUnavailableError` when PostgreSQL does not answer.
 */
export class RecordReader {
  private readonly executionReader: ExecutionReader;
  private readonly targetReader: TargetReader;
  private readonly streamReader: StreamReader;
  private readonly indexReader: IndexReader;
  private readonly serviceReader: ServiceReader;
  private readonly auditReader: AuditReader;

  constructor(db: Kysely<Tables>) {
    this.executionReader = new ExecutionReader(db);
    this.targetReader = new TargetReader(db);
    this.streamReader = new StreamReader(db);
    this.indexReader = new IndexReader(db);
    this.serviceReader = new ServiceReader(db);
    this.auditReader = new AuditReader(db);
  }

  execution(executionId: string): Promise<GetExecutionAnswered> {
    return answered(this.executionReader.get(executionId));
  }

  executions(query: ListExecutions): Promise<ListExecutionsAnswered> {
    return answered(this.executionReader.list(query), query);
  }

  targets(query: ListTargets): Promise<ListTargetsAnswered> {
    return answered(this.targetReader.list(query), query);
  }

  stream(streamId: string): Promise<GetStreamAnswered> {
    return answered(this.streamReader.get(streamId));
  }

  streams(query: ListStreams): Promise<ListStreamsAnswered> {
    return answered(this.streamReader.list(query), query);
  }

  indices(query: ListIndices): Promise<ListIndicesAnswered> {
    return answered(this.indexReader.list(query), query);
  }

  services(query: ListServices): Promise<ListServicesAnswered> {
    return answered(this.serviceReader.list(query), query);
  }

  audit(query: ListAudit): Promise<ListAuditAnswered> {
    return answered(this.auditReader.list(query), query);
  }
}

/** Classifies what PostgreSQL says, once, at this boundary. */
async function answered<T>(
  reading: Promise<T>,
  { cursor }: { readonly cursor?: string } = {},
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    // All else of a question was checked: a cursor of the right shape can still name what no column holds.
    if (isAboutData(error) && cursor !== undefined) throw invalidCursor(error);
    if (error instanceof SignalboxError || isAboutData(error)) throw error;
    throw postgresUnavailable('does not answer', error);
  }
}
