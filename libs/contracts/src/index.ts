export { ERROR_CODES, isErrorCode, type ErrorCode } from './errors/error-codes.js';
export {
  InvalidMessageError,
  type InvalidMessageCode,
  type Violation,
} from './errors/invalid-message-error.js';
export {
  CancelledError,
  DependencyUnavailableError,
  InterruptedError,
  LeaseLostError,
  PluginFailedError,
  SignalboxError,
  TimedOutError,
  type ErrorDetails,
} from './errors/signalbox-error.js';
export type { Contract, JsonValue, Nesting } from './fields/field.js';
export type { JsonSchema } from './fields/rule.js';
export { MAX_PAGE_ITEMS, Page, PageRequest } from './fields/page.js';
export { MAX_REASON_LENGTH, asReason } from './fields/reason.js';
export { BROKER_USERS, type BrokerUser } from './topology/broker-users.js';
export { controlQueue, type ControlQueueDefinition } from './topology/control-queue.js';
export { EXCHANGES, type ExchangeDefinition } from './topology/exchanges.js';
export {
  SERVICES,
  type DeadQueueName,
  type ExchangeName,
  type LiveQueueName,
  type QueueName,
  type ServiceName,
} from './topology/names.js';
export { publishersOf, type Publisher } from './topology/publishers.js';
export {
  DEAD_QUEUES,
  QUEUES,
  deadQueueOf,
  type Binding,
  type QueueArguments,
  type QueueDefinition,
} from './topology/queues.js';
export { bodyHash, canonicalJson } from './checking/canonical-json.js';
export { MAX_DEPTH, MAX_MESSAGE_BYTES } from './checking/limits.js';
export { definitionOf } from './registry/lookup.js';
export { MESSAGES } from './registry/messages.js';
export { checkMessage, encodeMessage, parseMessage } from './registry/parse.js';
export { describeContract, type FieldDescription } from './schema/describe-contract.js';
export { jsonSchemaOf } from './schema/json-schema.js';
export { AddTargets } from './tasks/add-targets.command.js';
export { CancelTask } from './tasks/cancel-task.command.js';
export {
  EXECUTION_OUTCOMES,
  EXECUTION_STATES,
  ON_LOST,
  TARGET_OUTCOMES,
  TARGET_STATES,
  TERMINATIONS,
  type ExecutionOutcome,
  type ExecutionState,
  type OnLost,
  type TargetOutcome,
  type TargetState,
  type Termination,
} from './tasks/outcomes.js';
export { OutputSettings } from './tasks/output.js';
export { PauseTask } from './tasks/pause-task.command.js';
export { Batches, MAX_LIMIT_MS, Policy, Retries } from './tasks/policy.js';
export { ResumeTask } from './tasks/resume-task.command.js';
export { RunTask, TargetPages } from './tasks/run-task.command.js';
export { countOf, type Share } from './tasks/share.js';
export { OutputTail, TargetChange, TargetDetails } from './tasks/target-change.js';
export { OUTPUT_CHANNELS, TargetOutput, type OutputChannel } from './tasks/target-output.event.js';
export { MAX_TARGETS_PER_MESSAGE, parseTarget, type TargetAddress } from './tasks/target.js';
export { TargetsChanged } from './tasks/targets-changed.event.js';
export { TargetCounts } from './executions/counts.js';
export { ExecutionChanged } from './executions/execution-changed.event.js';
export { ExecutionFinished } from './executions/execution-finished.event.js';
export { GetExecution, GetExecutionAnswered } from './executions/get-execution.query.js';
export { ListExecutions, ListExecutionsAnswered } from './executions/list-executions.query.js';
export {
  ListTargets,
  ListTargetsAnswered,
  RECORDED_TARGET_STATES,
  TargetItem,
  type RecordedTargetState,
} from './executions/list-targets.query.js';
export { ExecutionSummary } from './executions/summary.js';
export { GetStream, GetStreamAnswered } from './streams/get-stream.query.js';
export { ListStreams, ListStreamsAnswered } from './streams/list-streams.query.js';
export { RESUME_BY, StreamPosition, type ResumeBy } from './streams/position.js';
export { STREAM_STATES, StreamCounters, StreamReport, type StreamState } from './streams/report.js';
export {
  ON_END,
  ON_GAP,
  STREAM_FORMATS,
  StreamRateLimit,
  StreamRequest,
  StreamResume,
  StreamSettings,
  StreamTls,
  type OnEnd,
  type OnGap,
  type StreamFormat,
} from './streams/settings.js';
export { StartStream } from './streams/start-stream.command.js';
export { StopStream } from './streams/stop-stream.command.js';
export { StreamChanged } from './streams/stream-changed.event.js';
export { StreamCheckpointed } from './streams/stream-checkpointed.event.js';
export { StreamFailed } from './streams/stream-failed.event.js';
export { LostRange, StreamGap } from './streams/stream-gap.event.js';
export { StreamStopped } from './streams/stream-stopped.event.js';
export { StreamSummary } from './streams/summary.js';
export { AcquireLease } from './leases/acquire-lease.message.js';
export {
  ChunkGrant,
  IndexBounds,
  KnownTarget,
  MAX_CHUNK_TARGETS,
  StreamGrant,
} from './leases/grant.js';
export { LeaseClosed } from './leases/lease-closed.reply.js';
export { LeaseExpired } from './leases/lease-expired.message.js';
export { LeaseGranted } from './leases/lease-granted.reply.js';
export { LeaseHeld } from './leases/lease-held.reply.js';
export {
  chunkKey,
  parseLeaseKey,
  streamKey,
  subjectOf,
  type ChunkLease,
  type StreamLease,
} from './leases/lease-key.js';
export { LeasePing } from './leases/lease-ping.message.js';
export { LeaseReleased } from './leases/lease-released.message.js';
export {
  LeaseRef,
  LeaseState,
  RESUMPTIONS,
  ResumedLease,
  type Resumption,
} from './leases/lease-state.js';
export { LeaseUnknown } from './leases/lease-unknown.message.js';
export { LeasesResumed } from './leases/leases-resumed.reply.js';
export { LeaseMark, MARK_OUTCOMES, type MarkOutcome } from './leases/mark.js';
export { MAX_LEASES_PER_MESSAGE, ResumeLeases } from './leases/resume-leases.message.js';
export { StatusTick } from './leases/status-tick.message.js';
export { WorkOffered } from './leases/work-offered.offer.js';
export {
  MAX_DOCUMENTS_PER_MESSAGE,
  MAX_DOCUMENT_BATCH_BYTES,
  MAX_DOCUMENT_ID_BYTES,
  decodeDocuments,
  documentId,
  encodeDocuments,
  isIndexDocument,
  type IndexDocument,
} from './documents/documents.js';
export { IndexBlock } from './documents/index-block.js';
export { IndexBlocked } from './documents/index-blocked.event.js';
export { IndexChanged } from './documents/index-changed.event.js';
export { IndexDocuments } from './documents/index-documents.command.js';
export { resolveIndexName, type TimeBounds } from './documents/index-name.js';
export { IndexUnblocked } from './documents/index-unblocked.event.js';
export {
  INDEX_STATES,
  IndexSummary,
  ListIndices,
  ListIndicesAnswered,
  type IndexState,
} from './documents/list-indices.query.js';
export {
  SEARCH_SORTS,
  SearchDocuments,
  SearchDocumentsAnswered,
  SearchHit,
  type SearchSort,
} from './documents/search-documents.query.js';
export {
  HeldLease,
  ListServices,
  ListServicesAnswered,
  SERVICE_STATES,
  ServiceItem,
  type ServiceState,
} from './services/list-services.query.js';
export { ServiceLost } from './services/service-lost.event.js';
export { PluginDeclaration, ServiceStarted } from './services/service-started.event.js';
export { ServiceStopped } from './services/service-stopped.event.js';
export {
  AUDIT_RESULTS,
  AuditItem,
  ListAudit,
  ListAuditAnswered,
  type AuditResult,
} from './audit/list-audit.query.js';
export { CommandAccepted } from './replies/command-accepted.reply.js';
export { CommandRejected } from './replies/command-rejected.reply.js';
export { QueryFailed } from './replies/query-failed.reply.js';
export type { MessageDefinition, MessageKind } from './registry/definition.js';
