import { MESSAGES } from '../registry/messages.js';
import type {
  DeadQueueName,
  ExchangeName,
  LiveQueueName,
  QueueName,
  ServiceName,
} from './names.js';

/** How a queue is bound to an exchange. */
export interface Binding {
  readonly exchange: ExchangeName;
  readonly key: string;
}

/** What a queue is declared with beside its name. */
export type QueueArguments = Readonly<Record<string, string | number | boolean>>;

/** A durable queue as it is declared; its arguments must be those that the broker has. */
export interface QueueDefinition {
  readonly name: QueueName;
  readonly arguments: QueueArguments;
  readonly bindings: readonly Binding[];
  /** The service that declares it: the one that reads it, or, for a dead-letter queue, reads the queue it belongs to. */
  readonly declaredBy: ServiceName;
  readonly readBy: ServiceName | 'people';
}

const DELIVERY_LIMIT = 20;
const MEBIBYTE = 1024 * 1024;

/** Every durable queue. */
export const QUEUES: Readonly<Record<QueueName, QueueDefinition>> = {
  'status.record': live('status.record', 'status', {
    'x-delivery-limit': 1_000,
    'x-single-active-consumer': true,
    'x-max-length': 50_000,
    'x-max-length-bytes': 1_024 * MEBIBYTE,
  }),
  'status.queries': live('status.queries', 'status', { 'x-max-length': 10_000 }),
  'task-runner.work': work('task-runner.work', 'task-runner'),
  'streamer.work': work('streamer.work', 'streamer'),
  'indexer.documents': live('indexer.documents', 'indexer', {
    'x-max-length': 20_000,
    'x-max-length-bytes': 1_024 * MEBIBYTE,
  }),
  'indexer.queries': live('indexer.queries', 'indexer', { 'x-max-length': 10_000 }),
  'status.record.dead': dead('status.record.dead', 'status'),
  'status.queries.dead': dead('status.queries.dead', 'status'),
  'task-runner.work.dead': dead('task-runner.work.dead', 'task-runner'),
  'streamer.work.dead': dead('streamer.work.dead', 'streamer'),
  'indexer.documents.dead': dead('indexer.documents.dead', 'indexer'),
  'indexer.queries.dead': dead('indexer.queries.dead', 'indexer'),
  'streamer.lines.dead': dead('streamer.lines.dead', 'streamer'),
};

/** The queue for what a queue's reader cannot handle. */
export function deadQueueOf(queue: LiveQueueName): DeadQueueName {
  return `${queue}.dead`;
}

/** The queues that a service declares at start, dead-letter queues first. */
export function queuesOf(service: ServiceName): readonly QueueDefinition[] {
  return Object.values(QUEUES)
    .filter((queue) => queue.declaredBy === service)
    .toSorted((a, b) => Number(b.readBy === 'people') - Number(a.readBy === 'people'));
}

function live(name: LiveQueueName, service: ServiceName, own: QueueArguments): QueueDefinition {
  return {
    name,
    arguments: { ...quorum(deadQueueOf(name)), ...own },
    bindings: bindingsOf(name),
    declaredBy: service,
    readBy: service,
  };
}

/** Offers that the broker gives up go back to the record, which offers the work again. */
function work(name: LiveQueueName, service: ServiceName): QueueDefinition {
  return {
    name,
    arguments: quorum('status.record'),
    bindings: [{ exchange: 'signalbox.work', key: name }],
    declaredBy: service,
    readBy: service,
  };
}

function dead(name: DeadQueueName, service: ServiceName): QueueDefinition {
  return {
    name,
    arguments: {
      'x-queue-type': 'quorum',
      // Looking at a letter costs a delivery: with the usual limit the 21st look would destroy it.
      'x-delivery-limit': 1_000_000,
      'x-max-length': 100_000,
      'x-max-length-bytes': 1_024 * MEBIBYTE,
      'x-overflow': 'reject-publish',
    },
    bindings: [{ exchange: 'signalbox.dead', key: name }],
    declaredBy: service,
    readBy: 'people',
  };
}

/** At least once: without it the broker drops what the dead-letter queue does not take. It needs `reject-publish`. */
function quorum(deadLettersTo: QueueName): QueueArguments {
  return {
    'x-queue-type': 'quorum',
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-overflow': 'reject-publish',
    'x-dead-letter-exchange': 'signalbox.dead',
    'x-dead-letter-routing-key': deadLettersTo,
    'x-dead-letter-strategy': 'at-least-once',
  };
}

function bindingsOf(name: LiveQueueName): Binding[] {
  const bindings: Binding[] = [];
  for (const { queues, exchange, bindingKey } of MESSAGES) {
    if (exchange !== '' && bindingKey !== undefined && queues.includes(name)) {
      bindings.push({ exchange, key: bindingKey });
    }
  }
  if (name === 'status.record') bindings.push({ exchange: 'signalbox.dead', key: name });
  return bindings;
}
