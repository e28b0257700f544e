import { Server, type MessageHandler } from '@nestjs/microservices';
import {
  InvalidMessageError,
  SERVICES,
  deadQueueOf,
  type LiveQueueName,
  type ServiceName,
} from '#contracts';
import type { Supervisor } from '#supervisor';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Broker } from '../broker.js';
import type { ConsumerOptions, HandlerContext, Probe } from '../delivery/consumer-options.js';
import { DeadLetterWriter } from '../delivery/dead-letter-writer.js';
import { DeliveryPipeline } from '../delivery/delivery-pipeline.js';
import { QueueConsumer } from '../delivery/queue-consumer.js';
import { declareExchanges, declareQueue, declareServiceQueues } from '../topology/declare.js';
import { DeliveryContext } from './delivery-context.js';
import { invalidIn } from './on-invalid.js';

/** Tells the transport apart from Nest's own. */
const BROKER_TRANSPORT = Symbol('signalbox-broker');

const CLOSE_GRACE_MS = 10_000;

/**
 * The Nest transport: handlers with `@OnMessage(<type>)` or `@OnQuery(<type>)`; decorators, pipes, guards, interceptors and
 * filters stay Nest's, from the socket to the call it is ours. A handler whose pattern is the name of a queue gets everything that
 * arrives there, in order. A handler returns or throws, the transport turns that into a settlement (see `DeliveryPipeline`).
 */
export class BrokerServer extends Server {
  override readonly transportId = BROKER_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  private readonly consumers: readonly QueueConsumer[];
  private readonly probes = new Map<LiveQueueName, Probe>();
  private readonly closing = new AbortController();
  private draining: Promise<void> | undefined;

  constructor(
    private readonly broker: Broker,
    { queues }: { readonly queues: readonly ConsumerOptions[] },
  ) {
    super();
    this.consumers = queues.map((options) => this.consumer(options));
  }

  /**
   * What tells the transport that the dependency of a queue's handlers is back, after one threw `DependencyUnavailableError`. Without
   * one it is tried with one message after growing pauses; each try costs that message a delivery attempt.
   */
  setProbe(queue: LiveQueueName, probe: Probe): void {
    this.probes.set(queue, probe);
  }

  /** The supervisors of the handlers, one a queue. */
  get supervisors(): readonly Supervisor[] {
    return this.consumers.map((consumer) => consumer.supervisor);
  }

  /** Undefined when every queue is being consumed, else the reason. */
  trouble(): string | undefined {
    return this.consumers
      .map((consumer) => consumer.trouble())
      .find((reason) => reason !== undefined);
  }

  /**
   * Calls back once topology is asserted and every queue is consumed, or with the error that makes that impossible:
   * `TopologyMismatchError` and `not-permitted` until a person changes something; `DependencyUnavailableError` when the
   * connection was lost meanwhile, then it may be called again.
   */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    const { signal } = this.closing;
    const failure = await this.begin(signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    callback(failure);
  }

  /** Takes nothing more and waits for the handlers, at most `graceTimeoutMs`; then aborts them. Safe to call twice. */
  drain(graceTimeoutMs: number): Promise<void> {
    this.closing.abort(new Error('the transport is closing'));
    this.draining ??= Promise.all(
      this.consumers.map((consumer) => consumer.drain(graceTimeoutMs)),
    ).then(() => undefined);
    return this.draining;
  }

  /** Drains with a grace of its own, unless it was drained before. The connections stay: they are the broker's. */
  async close(): Promise<void> {
    await this.drain(CLOSE_GRACE_MS);
  }

  /** One handler a pattern: Nest would let a second message handler silently replace the first. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = this.normalizePattern(pattern as string);
    if (this.messageHandlers.has(route)) {
      throw new Error(`two handlers for ${route}: the transport calls one handler per message`);
    }
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  override on(): never {
    throw new Error('the broker transport has no events of its own; ask trouble() or the metrics');
  }

  override unwrap<T>(): T {
    return this.broker as T;
  }

  private async begin(signal: AbortSignal): Promise<void> {
    await this.broker.ready(signal);
    await this.declareTopology();
    await Promise.all(this.consumers.map((consumer) => consumer.start(signal)));
  }

  private consumer(options: ConsumerOptions): QueueConsumer {
    const { queue } = options;
    const { consuming: link, tasks, publisher, service, log, metrics } = this.broker;
    const handler = (body: object, context: HandlerContext): Promise<object | undefined> =>
      this.call(queue, body, context);
    const invalid = (problem: InvalidMessageError, context: HandlerContext): Promise<boolean> =>
      this.callInvalid(queue, problem, context);
    const deadLetters = new DeadLetterWriter({ queue, publisher, appId: service, log, metrics });
    return new QueueConsumer(options, {
      link,
      tasks,
      pipeline: new DeliveryPipeline({
        queue,
        service,
        handler,
        invalid,
        publisher,
        deadLetters,
        log,
      }),
      deadLetters,
      probe: () => this.probes.get(queue),
      declare: async (channel) => {
        await declareQueue(channel, deadQueueOf(queue));
        await declareQueue(channel, queue);
      },
      log,
      metrics,
    });
  }

  private async call(
    queue: LiveQueueName,
    body: object,
    context: HandlerContext,
  ): Promise<object | undefined> {
    const { type } = context.message;
    const handler = this.messageHandlers.get(type) ?? this.messageHandlers.get(queue);
    if (handler === undefined) {
      throw new InvalidMessageError(
        'unknown-type',
        `${this.broker.service} has no handler for ${type} (queue ${queue}): is the sender newer than the service?`,
      );
    }
    const value = await resultOf(handler, body, context);
    return typeof value === 'object' && value !== null ? value : undefined;
  }

  private async callInvalid(
    queue: LiveQueueName,
    problem: InvalidMessageError,
    context: HandlerContext,
  ): Promise<boolean> {
    const handler = this.messageHandlers.get(invalidIn(queue));
    return handler !== undefined && (await resultOf(handler, problem, context)) === 'handled';
  }

  private async declareTopology(): Promise<void> {
    const channel = await this.broker.openChannel('consume', this.closing.signal);
    try {
      await declareExchanges(channel);
      const { service } = this.broker;
      if (isService(service)) await declareServiceQueues(channel, service);
    } finally {
      await channel.close();
    }
  }
}

async function resultOf(
  handler: MessageHandler,
  payload: object,
  context: HandlerContext,
): Promise<unknown> {
  const result: unknown = await handler(payload, new DeliveryContext(context));
  return isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
}

function isService(name: string): name is ServiceName {
  return (SERVICES as readonly string[]).includes(name);
}
