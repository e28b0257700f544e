import {
  GetExecution,
  GetExecutionAnswered,
  GetStream,
  GetStreamAnswered,
  ListAudit,
  ListAuditAnswered,
  ListExecutions,
  ListExecutionsAnswered,
  ListIndices,
  ListIndicesAnswered,
  ListServices,
  ListServicesAnswered,
  ListStreams,
  ListStreamsAnswered,
  ListTargets,
  ListTargetsAnswered,
} from '#contracts';
import { OnQuery } from '#broker';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { RecordReader } from './record-reader.js';

/** Answers questions over the broker. */
@Controller()
export class QueriesController {
  constructor(private readonly record: RecordReader) {}

  @OnQuery('execution.get')
  getExecution(@Payload() { executionId }: GetExecution): Promise<GetExecutionAnswered> {
    return this.record.execution(executionId);
  }

  @OnQuery('execution.list')
  listExecutions(@Payload() query: ListExecutions): Promise<ListExecutionsAnswered> {
    return this.record.executions(query);
  }

  @OnQuery('execution.targets')
  listTargets(@Payload() query: ListTargets): Promise<ListTargetsAnswered> {
    return this.record.targets(query);
  }

  @OnQuery('stream.get')
  getStream(@Payload() { streamId }: GetStream): Promise<GetStreamAnswered> {
    return this.record.stream(streamId);
  }

  @OnQuery('stream.list')
  listStreams(@Payload() query: ListStreams): Promise<ListStreamsAnswered> {
    return this.record.streams(query);
  }

  @OnQuery('index.list')
  listIndices(@Payload() query: ListIndices): Promise<ListIndicesAnswered> {
    return this.record.indices(query);
  }

  @OnQuery('service.list')
  listServices(@Payload() query: ListServices): Promise<ListServicesAnswered> {
    return this.record.services(query);
  }

  @OnQuery('audit.list')
  listAudit(@Payload() query: ListAudit): Promise<ListAuditAnswered> {
    return this.record.audit(query);
  }
}
