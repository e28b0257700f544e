export { Broker, type BrokerOptions } from './broker.js';
export { NO_LOG, type BrokerLog } from './broker-log.js';
export { logTasks, type TaskLogging } from './log-tasks.js';
export { NO_METRICS, type BrokerMetrics } from './broker-metrics.js';
export { defectIn } from './broker-tasks.js';
export { BrokerChannel } from './connection/broker-channel.js';
export type { ConnectionRole } from './connection/connection-link.js';
export type { Endpoint } from './connection/endpoint.js';
export { RetryPace } from './connection/retry-pace.js';
export type { ConsumerOptions } from './delivery/consumer-options.js';
export { DEAD_LETTER_HEADERS, deadLetter } from './delivery/dead-letter.js';
export type { DeliveryOutcome } from './delivery/delivery-outcome.js';
export {
  incomingMessage,
  type IncomingMessage,
  type RawDelivery,
} from './delivery/incoming-message.js';
export type { Slot } from './delivery/slots.js';
export { BrokerClient } from './nest/broker-client.js';
export { BrokerServer } from './nest/broker-server.js';
export { BrokerModule } from './nest/broker.module.js';
export { DeliveryContext } from './nest/delivery-context.js';
export { OnInvalid } from './nest/on-invalid.js';
export { OnMessage, OnQuery } from './nest/on-message.js';
export { RethrowFilter } from './nest/rethrow.filter.js';
export { composeMessage, type OutgoingMessage } from './publish/outgoing-message.js';
export { PublishRefusedError, UnroutableError } from './publish/publish-errors.js';
export { Publisher, type PublishOptions } from './publish/publisher.js';
export { DIRECT_REPLY_QUEUE, QueryFailedError, Requester } from './request/requester.js';
export { currentTraceparent, inTrace } from './tracing/kept-trace.js';
export { currentTraceId, linkedTraces } from './tracing/linked-trace.js';
export { currentMessageId } from './tracing/receiving.js';
export { sending } from './tracing/sending.js';
export { spanning } from './tracing/spanning.js';
export { unsampled } from './tracing/unsampled.js';
export { declareExchanges, declareQueue } from './topology/declare.js';
export { TopologyMismatchError } from './topology/drift.js';
