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
  /** `dead`: for people, through the command line. `live`: for a service. */
  readonly kind: 'live' | 'dead';
  readonly arguments: QueueArguments;
  readonly bindings: readonly Binding[];
  /** The service that declares it at start, and reads it unless it is `dead`. */
  readonly readBy: ServiceName;
  /** What it carries. */
  readonly carries: string;
}

const DELIVERY_LIMIT = 20;
const GIBIBYTE = 1024 ** 3;

/** Every durable queue; what dead letters go to comes before what they come from, as it is declared. */
export const QUEUES: Readonly<Record<QueueName, QueueDefinition>> = {
  'status.record.dead': dead('status.record.dead', 'status'),
  'status.queries.dead': dead('status.queries.dead', 'status'),
  'task-runner.work.dead': dead('task-runner.work.dead', 'task-runner'),
  'streamer.work.dead': dead('streamer.work.dead', 'streamer'),
  'streamer.lines.dead': dead('streamer.lines.dead', 'streamer', 'raw lines'),
  'indexer.documents.dead': dead('indexer.documents.dead', 'indexer', 'messages and documents'),
  'indexer.queries.dead': dead('indexer.queries.dead', 'indexer'),

  'status.record': live('status.record', {
    readBy: 'status',
    carries: 'everything that can change the record, in one order',
    arguments: {
      // Each outage of the database costs a delivery.
      'x-delivery-limit': 1_000,
      'x-single-active-consumer': true,
      'x-max-length': 50_000,
      'x-max-length-bytes': GIBIBYTE,
    },
  }),
  'status.queries': live('status.queries', {
    readBy: 'status',
    carries: 'questions to the record',
    arguments: { 'x-max-length': 10_000 },
  }),
  'task-runner.work': work('task-runner.work', 'task-runner'),
  'streamer.work': work('streamer.work', 'streamer'),
  'indexer.documents': live('indexer.documents', {
    readBy: 'indexer',
    carries: 'documents on their way to their indexes',
    arguments: { 'x-max-length': 20_000, 'x-max-length-bytes': GIBIBYTE },
  }),
  'indexer.queries': live('indexer.queries', {
    readBy: 'indexer',
    carries: 'searches',
    arguments: { 'x-max-length': 10_000 },
  }),
};

/** The dead-letter queues, in the order of `QUEUES`. */
export const DEAD_QUEUES: readonly DeadQueueName[] = Object.values(QUEUES)
  .filter(({ kind }) => kind === 'dead')
  .map(({ name }) => name as DeadQueueName);

/** The queue for what a queue's reader cannot handle. */
export function deadQueueOf(queue: LiveQueueName): DeadQueueName {
  return `${queue}.dead`;
}

function live(
  name: LiveQueueName,
  own: Pick<QueueDefinition, 'readBy' | 'carries' | 'arguments'>,
): QueueDefinition {
  return {
    name,
    kind: 'live',
    bindings: bindingsOf(name),
    ...own,
    arguments: { ...quorum(deadQueueOf(name)), ...own.arguments },
  };
}

/** Offers that the broker gives up go back to the record, which offers the work again. */
function work(name: LiveQueueName, readBy: ServiceName): QueueDefinition {
  return {
    name,
    kind: 'live',
    arguments: quorum('status.record'),
    bindings: [{ exchange: 'signalbox.work', key: name }],
    readBy,
    carries: 'offers of work',
  };
}

function dead(name: DeadQueueName, readBy: ServiceName, carries = 'messages'): QueueDefinition {
  return {
    name,
    kind: 'dead',
    arguments: {
      'x-queue-type': 'quorum',
      // Looking at a letter costs a delivery: with the usual limit the 21st look would destroy it.
      'x-delivery-limit': 1_000_000,
      'x-max-length': 100_000,
      'x-max-length-bytes': GIBIBYTE,
      'x-overflow': 'reject-publish',
    },
    bindings: [{ exchange: 'signalbox.dead', key: name }],
    readBy,
    carries: `${carries} that could not be handled, with the reason`,
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
