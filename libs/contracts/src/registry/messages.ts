import { listAudit, listAuditAnswered } from '../audit/list-audit.query.js';
import { indexBlocked } from '../documents/index-blocked.event.js';
import { indexChanged } from '../documents/index-changed.event.js';
import { indexDocuments } from '../documents/index-documents.command.js';
import { indexUnblocked } from '../documents/index-unblocked.event.js';
import { listIndices, listIndicesAnswered } from '../documents/list-indices.query.js';
import { searchDocuments, searchDocumentsAnswered } from '../documents/search-documents.query.js';
import { executionChanged } from '../executions/execution-changed.event.js';
import { executionFinished } from '../executions/execution-finished.event.js';
import { getExecution, getExecutionAnswered } from '../executions/get-execution.query.js';
import { listExecutions, listExecutionsAnswered } from '../executions/list-executions.query.js';
import { listTargets, listTargetsAnswered } from '../executions/list-targets.query.js';
import { acquireLease } from '../leases/acquire-lease.message.js';
import { leaseClosed } from '../leases/lease-closed.reply.js';
import { leaseExpired } from '../leases/lease-expired.message.js';
import { leaseGranted } from '../leases/lease-granted.reply.js';
import { leaseHeld } from '../leases/lease-held.reply.js';
import { leasePing } from '../leases/lease-ping.message.js';
import { leaseReleased } from '../leases/lease-released.message.js';
import { leaseUnknown } from '../leases/lease-unknown.message.js';
import { leasesResumed } from '../leases/leases-resumed.reply.js';
import { resumeLeases } from '../leases/resume-leases.message.js';
import { statusTick } from '../leases/status-tick.message.js';
import { workOffered } from '../leases/work-offered.offer.js';
import { commandAccepted } from '../replies/command-accepted.reply.js';
import { commandRejected } from '../replies/command-rejected.reply.js';
import { queryFailed } from '../replies/query-failed.reply.js';
import { listServices, listServicesAnswered } from '../services/list-services.query.js';
import { serviceLost } from '../services/service-lost.event.js';
import { serviceStarted } from '../services/service-started.event.js';
import { serviceStopped } from '../services/service-stopped.event.js';
import { getStream, getStreamAnswered } from '../streams/get-stream.query.js';
import { listStreams, listStreamsAnswered } from '../streams/list-streams.query.js';
import { startStream } from '../streams/start-stream.command.js';
import { stopStream } from '../streams/stop-stream.command.js';
import { streamChanged } from '../streams/stream-changed.event.js';
import { streamCheckpointed } from '../streams/stream-checkpointed.event.js';
import { streamFailed } from '../streams/stream-failed.event.js';
import { streamGap } from '../streams/stream-gap.event.js';
import { streamStopped } from '../streams/stream-stopped.event.js';
import { addTargets } from '../tasks/add-targets.command.js';
import { cancelTask } from '../tasks/cancel-task.command.js';
import { pauseTask } from '../tasks/pause-task.command.js';
import { resumeTask } from '../tasks/resume-task.command.js';
import { runTask } from '../tasks/run-task.command.js';
import { targetOutput } from '../tasks/target-output.event.js';
import { targetsChanged } from '../tasks/targets-changed.event.js';
import type { MessageDefinition } from './definition.js';

/** Every message of the mesh: commands, offers and leases, events, queries; each in the order of docs/messages.md. */
export const MESSAGES: readonly MessageDefinition[] = [
  runTask,
  addTargets,
  cancelTask,
  pauseTask,
  resumeTask,
  startStream,
  stopStream,
  indexDocuments,
  commandAccepted,
  commandRejected,
  workOffered,
  acquireLease,
  leaseGranted,
  leaseHeld,
  leaseClosed,
  resumeLeases,
  leasesResumed,
  leasePing,
  leaseReleased,
  leaseUnknown,
  leaseExpired,
  statusTick,
  targetsChanged,
  targetOutput,
  executionChanged,
  executionFinished,
  streamChanged,
  streamCheckpointed,
  streamGap,
  streamStopped,
  streamFailed,
  indexChanged,
  indexBlocked,
  indexUnblocked,
  serviceStarted,
  serviceStopped,
  serviceLost,
  getExecution,
  getExecutionAnswered,
  listExecutions,
  listExecutionsAnswered,
  listTargets,
  listTargetsAnswered,
  getStream,
  getStreamAnswered,
  listStreams,
  listStreamsAnswered,
  listIndices,
  listIndicesAnswered,
  listServices,
  listServicesAnswered,
  listAudit,
  listAuditAnswered,
  searchDocuments,
  searchDocumentsAnswered,
  queryFailed,
];
