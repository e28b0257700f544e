export { Broker, type BrokerOptions } from './broker.js';
export { NO_LOG, type BrokerLog } from './broker-log.js';
export { NO_METRICS, type BrokerMetrics } from './broker-metrics.js';
export { BrokerChannel, type ConsumeOptions } from './connection/broker-channel.js';
export type { ConnectionRole } from './connection/connection-link.js';
export type { Endpoint } from './connection/endpoint.js';
export { RetryPace } from './connection/retry-pace.js';
export type { ConsumerOptions, HandlerContext, Probe } from './delivery/consumer-options.js';
export {
  DEAD_LETTER_HEADERS,
  attemptOf,
  deadLetter,
  errorCodeOf,
  errorMessageOf,
} from './delivery/dead-letter.js';
export type { DeliveryOutcome } from './delivery/delivery-outcome.js';
export { incomingMessage, type IncomingMessage } from './delivery/incoming-message.js';
export type { Slot } from './delivery/slots.js';
export { BROKER_TRANSPORT, BrokerServer } from './nest/broker-server.js';
export { BrokerModule } from './nest/broker.module.js';
export { DeliveryContext } from './nest/delivery-context.js';
export { OnMessage, OnQuery } from './nest/on-message.js';
export { RethrowFilter } from './nest/rethrow.filter.js';
export {
  composeMessage,
  type MessageOptions,
  type OutgoingMessage,
} from './publish/outgoing-message.js';
export { PublishRefusedError, UnroutableError } from './publish/publish-errors.js';
export { Publisher, type PublishOptions } from './publish/publisher.js';
export {
  DIRECT_REPLY_QUEUE,
  QueryFailedError,
  Requester,
  type RequestOptions,
} from './request/requester.js';
export {
  TopologyMismatchError,
  declareExchanges,
  declareQueue,
  declareServiceQueues,
} from './topology/declare.js';
