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
import { Controller, Get, Param, Query, UseFilters } from '@nestjs/common';
import { Asks } from './http-asks.decorator.js';
import { HttpErrorFilter } from './http-error.filter.js';
import { questionOf, type QueryString } from './question-of.js';
import { RecordReader } from './record-reader.js';

/** Answers questions over HTTP: the same questions, limits and answers as over the broker. Changes nothing. */
@Controller('v1')
@UseFilters(HttpErrorFilter)
export class HttpController {
  constructor(private readonly record: RecordReader) {}

  @Get('executions')
  @Asks(ListExecutions)
  listExecutions(@Query() query: QueryString): Promise<ListExecutionsAnswered> {
    return this.record.executions(questionOf(ListExecutions, query));
  }

  @Get('executions/:executionId')
  @Asks(GetExecution)
  getExecution(@Param('executionId') id: string): Promise<GetExecutionAnswered> {
    const { executionId } = questionOf(GetExecution, { executionId: id });
    return this.record.execution(executionId);
  }

  @Get('executions/:executionId/targets')
  @Asks(ListTargets)
  listTargets(
    @Param('executionId') executionId: string,
    @Query() query: QueryString,
  ): Promise<ListTargetsAnswered> {
    return this.record.targets(questionOf(ListTargets, { ...query, executionId }));
  }

  @Get('streams')
  @Asks(ListStreams)
  listStreams(@Query() query: QueryString): Promise<ListStreamsAnswered> {
    return this.record.streams(questionOf(ListStreams, query));
  }

  @Get('streams/:streamId')
  @Asks(GetStream)
  getStream(@Param('streamId') id: string): Promise<GetStreamAnswered> {
    const { streamId } = questionOf(GetStream, { streamId: id });
    return this.record.stream(streamId);
  }

  @Get('indices')
  @Asks(ListIndices)
  listIndices(@Query() query: QueryString): Promise<ListIndicesAnswered> {
    return this.record.indices(questionOf(ListIndices, query));
  }

  @Get('services')
  @Asks(ListServices)
  listServices(@Query() query: QueryString): Promise<ListServicesAnswered> {
    return this.record.services(questionOf(ListServices, query));
  }

  @Get('audit')
  @Asks(ListAudit)
  listAudit(@Query() query: QueryString): Promise<ListAuditAnswered> {
    return this.record.audit(questionOf(ListAudit, query));
  }
}
