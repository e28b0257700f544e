import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { DependencyUnavailableError, definitionOf } from '#contracts';
import { Supervisor, type Body, type Refusal, type Task } from '#supervisor';
import { AsyncSubject, Observable } from 'rxjs';
import type { Broker } from '../broker.js';
import { logTasks } from '../log-tasks.js';

export interface BrokerClientOptions {
  /** How long the answer to `send` is waited for, connecting included, in milliseconds; it travels with a query. Default 5,000. */
  readonly requestTimeoutMs?: number;
}

const NAME = 'broker client';
const REQUEST_TIMEOUT_MS = 5_000;
/** As many as may be unconfirmed. */
const LIMIT = 1_000;

/**
 * The publisher and the requester as Nest's `ClientProxy`: the pattern is the type of a message (`task.run`), the data its body.
 * Whoever likes promises better injects `Publisher` and `Requester`; errors are the same. At most 1,000 emits and requests
 * at a time: the next fails at once.
 */
export class BrokerClient extends ClientProxy {
  /** Runs what was emitted and asked, for those who look. */
  readonly supervisor: Supervisor;
  private readonly requestTimeoutMs: number;

  constructor(
    private readonly broker: Broker,
    { requestTimeoutMs = REQUEST_TIMEOUT_MS }: BrokerClientOptions = {},
  ) {
    super();
    this.requestTimeoutMs = requestTimeoutMs;
    const { log } = broker;
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      ...logTasks(log, NAME),
      onLateError: (err, { name }) =>
        log.debug({ task: name, err }, 'a message that was given up failed'),
    });
  }

  /** Resolves once the broker is connected, which nobody need wait for: `emit` and `send` do. Rejects as `Broker.ready` does. */
  override connect(): Promise<void> {
    return this.broker.ready();
  }

  /** Gives up what was emitted and asked, and takes nothing more. The connections stay: they are the broker's. */
  override async close(): Promise<void> {
    await this.supervisor.close();
  }

  override unwrap<T>(): T {
    return this.broker as T;
  }

  /**
   * Publishes at once, whether anybody subscribes or not. The Observable completes when the broker has confirmed the message, also
   * for who subscribes later; it fails as `Publisher.publish` does. A failure that nobody has subscribed to is logged.
   */
  override emit<TResult, TInput>(pattern: unknown, data: TInput): Observable<TResult> {
    const packet = this.createPacket(pattern, data);
    const told = new AsyncSubject<TResult>();
    const failed = (error: unknown): void => {
      if (!told.observed) this.logLost(packet, error);
      told.error(error);
    };
    const task = this.run('emit', packet, async ({ signal }) => {
      try {
        told.next(await this.dispatchEvent<TResult>(packet, signal));
        told.complete();
      } catch (error) {
        failed(error);
      }
    });
    if (typeof task === 'string') failed(refusal(task));
    return told.asObservable();
  }

  /** Asks when it is subscribed to, and gives up when it is unsubscribed from. Fails as `Requester.request` does. */
  override send<TResult, TInput>(pattern: unknown, data: TInput): Observable<TResult> {
    return new Observable((observer) =>
      this.publish(this.createPacket(pattern, data), this.createObserver(observer)),
    );
  }

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const task = this.run('ask', packet, async ({ signal }) =>
      callback(await this.answer(packet, signal)),
    );
    if (typeof task !== 'string') return () => void task.cancel('nobody waits for the answer');
    callback({ err: refusal(task), isDisposed: true });
    return () => undefined;
  }

  protected override async dispatchEvent<T>(packet: ReadPacket, signal?: AbortSignal): Promise<T> {
    const { contract } = definitionOf(this.typeOf(packet));
    await this.broker.publisher.publish(contract, packet.data, signal && { signal });
    return undefined as T;
  }

  private async answer(packet: ReadPacket, signal: AbortSignal): Promise<WritePacket> {
    try {
      const { contract } = definitionOf(this.typeOf(packet));
      const options = { timeoutMs: this.requestTimeoutMs, signal };
      const response = await this.broker.requester.request(contract, packet.data, options);
      return { response, isDisposed: true };
    } catch (err) {
      return { err, isDisposed: true };
    }
  }

  private run(verb: string, packet: ReadPacket, body: Body<void>): Task<void> | Refusal {
    return this.supervisor.trySpawn(`${verb} ${this.typeOf(packet)}`, body);
  }

  private typeOf({ pattern }: ReadPacket): string {
    return this.normalizePattern(pattern as string);
  }

  private logLost(packet: ReadPacket, err: unknown): void {
    this.broker.log.error({ type: this.typeOf(packet), err }, 'an emitted message was lost');
  }
}

function refusal(why: Refusal): DependencyUnavailableError {
  return new DependencyUnavailableError(
    why === 'closed'
      ? 'the broker client is closed'
      : `${LIMIT} messages of the broker client are under way: wait for some before the next`,
  );
}
