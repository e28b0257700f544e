import type { UnknownFields } from '../checking/bind.js';
import type { Contract } from '../fields/field.js';
import type { ExchangeName, QueueName } from '../topology/names.js';
import { boundBody } from './bound-body.js';
import { keepsContract } from './keeps-contract.js';

/** What part a message plays. */
export type MessageKind = 'command' | 'query' | 'reply' | 'offer' | 'lease' | 'control' | 'event';

/** Everything that is said about one message, in one place. */
export interface MessageDefinition<T extends object = object> {
  /** The AMQP property `type`, e.g. `task.run`. */
  readonly type: string;
  readonly kind: MessageKind;
  /** The class of the body. */
  readonly contract: Contract<T>;
  readonly contentType: 'application/json' | 'application/x-ndjson';
  /** `''` is the default exchange: replies. */
  readonly exchange: ExchangeName | '';
  /**
   * The key to publish under. `address` is what stands outside the body: the `replyTo` of a reply, the instance id of a ping;
   * throws a TypeError without it where it is needed.
   */
  routingKey(body: T, address?: string): string;
  /** The key that durable queues bind with; `undefined` where the key is an address. */
  readonly bindingKey: string | undefined;
  /** The durable queues that the message can reach by its key. */
  readonly queues: readonly QueueName[];
  /** True when it reaches `status.record` by its key. */
  readonly record: boolean;
  /** Commands and queries refuse what they do not know; all else ignores it, so that versions can be mixed. */
  readonly unknownFields: UnknownFields;
  /** Throws what `checkMessage` throws, but makes no instance: for whoever has the body and is about to send it. */
  check(value: unknown): void;
  readonly persistent: boolean;
  /** Whether the publisher must be told when no queue takes it. */
  readonly mandatory: boolean;
  readonly summary: string;
  /** Who publishes it, in words. */
  readonly from: string;
  /** Who reads it, in words. */
  readonly readBy: string;
  readonly examples: readonly T[];
}

/** What a message file says; the rest follows from the kind. */
interface Common<T extends object> {
  readonly type: string;
  readonly contract: Contract<T>;
  readonly summary: string;
  readonly examples: readonly T[];
}

type Overridable = 'contentType' | 'queues' | 'record' | 'from' | 'readBy';

/** An imperative: what people and other programs publish. */
export function command<T extends object>(
  told: Common<T> & Partial<Pick<MessageDefinition<T>, Overridable>>,
): MessageDefinition<T> {
  return complete({
    kind: 'command',
    contentType: 'application/json',
    exchange: 'signalbox.commands',
    routingKey: () => told.type,
    bindingKey: told.type,
    queues: ['status.record'],
    record: true,
    unknownFields: 'refuse',
    persistent: true,
    mandatory: true,
    from: 'people',
    readBy: 'status',
    ...told,
  });
}

/** A question with one reply. */
export function query<T extends object>(
  told: Common<T> & { readonly queue: 'status.queries' | 'indexer.queries' },
): MessageDefinition<T> {
  const { queue, ...common } = told;
  return complete({
    kind: 'query',
    contentType: 'application/json',
    exchange: 'signalbox.commands',
    routingKey: () => told.type,
    bindingKey: told.type,
    queues: [queue],
    record: false,
    unknownFields: 'refuse',
    persistent: false,
    mandatory: true,
    from: 'people',
    readBy: queue === 'status.queries' ? 'status' : 'indexer',
    ...common,
  });
}

/** What is said to whoever asked, over the default exchange. */
export function reply<T extends object>(
  told: Common<T> & { readonly from: string; readonly readBy?: string },
): MessageDefinition<T> {
  return complete({
    kind: 'reply',
    contentType: 'application/json',
    exchange: '',
    routingKey: (_, address) => addressOf(told.type, address, 'the replyTo of the request'),
    bindingKey: undefined,
    queues: [],
    record: false,
    unknownFields: 'ignore',
    persistent: false,
    // RabbitMQ 3.10 returns a mandatory message to a direct reply queue and delivers it all the same.
    mandatory: false,
    readBy: 'whoever asked',
    ...told,
  });
}

/** What services say about leases, in order with the events. */
export function lease<T extends object>(
  told: Common<T> & { readonly from: string; readonly persistent?: boolean },
): MessageDefinition<T> {
  return complete({
    kind: 'lease',
    contentType: 'application/json',
    exchange: 'signalbox.events',
    routingKey: () => told.type,
    bindingKey: told.type,
    queues: ['status.record'],
    record: true,
    unknownFields: 'ignore',
    persistent: true,
    mandatory: true,
    readBy: 'status',
    ...told,
  });
}

/** Work to be had, on the work queue that the body belongs to. */
export function work<T extends object>(
  told: Common<T> & {
    readonly from: string;
    readonly readBy: string;
    readonly queues: readonly QueueName[];
    readonly queueFor: (body: T) => QueueName;
  },
): MessageDefinition<T> {
  const { queueFor, ...common } = told;
  return complete({
    kind: 'offer',
    contentType: 'application/json',
    exchange: 'signalbox.work',
    routingKey: queueFor,
    bindingKey: undefined,
    record: false,
    unknownFields: 'ignore',
    persistent: true,
    mandatory: true,
    ...common,
  });
}

/** What is said to one instance, by its control queue. */
export function control<T extends object>(
  told: Common<T> & { readonly from: string },
): MessageDefinition<T> {
  return complete({
    kind: 'control',
    contentType: 'application/json',
    exchange: 'signalbox.control',
    routingKey: (_, address) => addressOf(told.type, address, 'the id of an instance'),
    bindingKey: undefined,
    queues: [],
    record: false,
    unknownFields: 'ignore',
    persistent: false,
    mandatory: true,
    readBy: 'that instance',
    ...told,
  });
}

/** A fact about something with an id. */
export function event<T extends object>(
  told: Common<T> & {
    readonly from: string;
    /** Recorded events reach `status.record`; the others are for watchers alone. */
    readonly record: boolean;
    readonly watched: boolean;
    readonly persistent?: boolean;
    /** What the event is about; ends the routing key. */
    readonly idOf: (body: T) => string;
  },
): MessageDefinition<T> {
  const { idOf, watched, ...common } = told;
  return complete({
    kind: 'event',
    contentType: 'application/json',
    exchange: 'signalbox.events',
    routingKey: (body) => `${told.type}.${idOf(body)}`,
    bindingKey: `${told.type}.#`,
    queues: told.record ? ['status.record'] : [],
    unknownFields: 'ignore',
    persistent: true,
    mandatory: told.record,
    readBy: [...(told.record ? ['status'] : []), ...(watched ? ['watchers'] : [])].join(', '),
    ...common,
  });
}

/** Adds the check that follows from the rest. */
function complete<T extends object>(
  told: Omit<MessageDefinition<T>, 'check'>,
): MessageDefinition<T> {
  const { contract, unknownFields } = told;
  const check = (value: unknown): void => {
    if (!keepsContract(contract, value, unknownFields)) boundBody(told, value);
  };
  return { ...told, check };
}

/** The address that a message without a key of its own goes to. */
function addressOf(type: string, address: string | undefined, what: string): string {
  if (address) return address;
  throw new TypeError(`${type} needs an address to be published: ${what}`);
}
