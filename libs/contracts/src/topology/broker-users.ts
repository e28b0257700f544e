import type { MessageDefinition } from '../registry/definition.js';
import { MESSAGES } from '../registry/messages.js';
import { controlQueue } from './control-queue.js';
import { EXCHANGES } from './exchanges.js';
import { anyOf, below, exactly, literally, NOTHING, type NamePattern } from './name-pattern.js';
import { SERVICES, type ExchangeName, type ServiceName } from './names.js';
import { publishersOf, type Publisher } from './publishers.js';
import { DEAD_QUEUES, QUEUES } from './queues.js';

/** What a user may do with the queues and exchanges whose names match. */
export interface BrokerPermissions {
  readonly configure: NamePattern;
  readonly write: NamePattern;
  readonly read: NamePattern;
}

/** The routing keys that a user may publish (`write`) and bind (`read`) on a topic exchange. */
export interface TopicPermissions {
  readonly exchange: ExchangeName;
  readonly write: NamePattern;
  readonly read: NamePattern;
}

/** A user of the broker and what it may do in the mesh's virtual host. */
export interface BrokerUser {
  readonly name: string;
  /** Whom it is for. */
  readonly isFor: string;
  readonly permissions: BrokerPermissions;
  /** One for every topic exchange: on one without, RabbitMQ would allow every key. */
  readonly topics: readonly TopicPermissions[];
}

/** What RabbitMQ calls the exchange without a name when it looks for permissions. */
const DEFAULT_EXCHANGE = 'amq.default';

/**
 * The user of a service; it bears the service's name. It may what its rows of the queue and message tables say. Two rights are wider than that,
 * because RabbitMQ has none that are narrower:
 *
 * - To reply is to write to the default exchange, and so to any queue by its name. A reader that must know who speaks looks at the
 *   exchange that a message came by and at its `user-id`, for which the broker vouches (status does, for the record).
 * - To declare an exchange is to be able to delete it. Who looks only whether it is there needs no right, but sees no wrong type, and has
 *   nothing to publish to on a broker that came back empty: every service declares all exchanges, whichever starts first.
 */
export function serviceUser(service: ServiceName): BrokerUser {
  const queues = Object.values(QUEUES).filter(({ readBy }) => readBy === service);
  const bound = [...queues, controlQueue(service, '')].flatMap(({ bindings }) => bindings);
  const names = [...queues.map(({ name }) => literally(name)), below(`${service}.control.`)];
  const published = publishedBy(service).map(({ exchange }) => exchange || DEFAULT_EXCHANGE);
  return {
    name: service,
    isFor: `the service ${service}`,
    permissions: {
      // Each service declares every exchange, and what it reads.
      configure: anyOf([...Object.keys(EXCHANGES).map(literally), ...names]),
      // To bind a queue is to write to it; every service may reply and write dead letters.
      write: anyOf([
        ...[...published, DEFAULT_EXCHANGE, 'signalbox.dead'].map(literally),
        ...names,
      ]),
      read: anyOf([...bound.map(({ exchange }) => literally(exchange)), ...names]),
    },
    topics: topics(service, (exchange) =>
      exactly(bound.filter((binding) => binding.exchange === exchange).map(({ key }) => key)),
    ),
  };
}

/**
 * A user for people and other programs: gives commands, asks queries, and hears events in queues named `watch.<name>.…`. Sees nothing
 * else, and replies to nobody.
 */
export function operatorUser(name: string): BrokerUser {
  return person(name, 'people and programs: commands, queries, watching');
}

/**
 * An operator who also reads the dead-letter queues and puts their messages back where they came from. Who may do that can put
 * any message into any queue, as a service can.
 */
export function maintainerUser(name: string): BrokerUser {
  const also = { write: [DEFAULT_EXCHANGE], read: DEAD_QUEUES };
  return person(name, 'people who mend: what an operator may, and dead letters', also);
}

/** The users of a mesh: one for each service, and one of each kind for people. */
export const BROKER_USERS: readonly BrokerUser[] = [
  ...SERVICES.map(serviceUser),
  operatorUser('operator'),
  maintainerUser('maintainer'),
];

function person(
  name: string,
  isFor: string,
  also: Readonly<Record<'write' | 'read', readonly string[]>> = { write: [], read: [] },
): BrokerUser {
  const watches = below(`watch.${name}.`);
  return {
    name,
    isFor,
    permissions: {
      configure: anyOf([watches]),
      write: anyOf([...['signalbox.commands', ...also.write].map(literally), watches]),
      read: anyOf([...['signalbox.events', ...also.read].map(literally), watches]),
    },
    topics: topics('people', (exchange) => (exchange === 'signalbox.events' ? '.*' : NOTHING)),
  };
}

/** On every topic exchange: publishes what is this publisher's, binds with what `binds` says. */
function topics(
  publisher: Publisher,
  binds: (exchange: ExchangeName) => NamePattern,
): TopicPermissions[] {
  const published = publishedBy(publisher);
  return Object.values(EXCHANGES)
    .filter(({ type }) => type === 'topic')
    .map(({ name: exchange }) => ({
      exchange,
      write: anyOf(published.filter((message) => message.exchange === exchange).map(keysOf)),
      read: binds(exchange),
    }));
}

function publishedBy(publisher: Publisher): MessageDefinition[] {
  return MESSAGES.filter((message) => publishersOf(message).includes(publisher));
}

/** The routing keys of a message: its type, for an event with the id of what it is about. */
function keysOf({ type, kind }: MessageDefinition): NamePattern {
  return kind === 'event' ? below(`${type}.`) : literally(type);
}
