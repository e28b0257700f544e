import type { Writable } from 'node:stream';
import { DependencyUnavailableError } from '#contracts';
import { Deferred, onAbort, withTimeout } from '#supervisor';
import { connect, credentials, type ChannelModel, type Connection } from 'amqplib';
import type { BrokerTasks } from '../broker-tasks.js';
import { lossReport } from './connect-advice.js';
import { joinWrites } from './joined-writes.js';
import { passwordOf, userOf, type Endpoint } from './endpoint.js';

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  /** Shown in RabbitMQ's management: `<service> <processId> <role>`. */
  readonly connectionName: string;
  readonly heartbeatSeconds: number;
  /** How long the broker may be silent while connecting. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Runs what the connection and its channels do that nobody waits for. */
  readonly tasks: BrokerTasks;
}

/** What amqplib's types do not tell of a connection; without it all is only slower. */
interface WithSocket {
  readonly stream?: Writable;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** What the broker gets to say goodbye. */
const GOODBYE_MS = 3_000;

/** One connection while it lives. */
export class LiveConnection {
  private readonly ended = new AbortController();
  private readonly closed = new Deferred();

  private constructor(
    /** The connection as amqplib has it. Events: `blocked`, `unblocked`. */
    readonly model: ChannelModel,
    private readonly options: ConnectionOptions,
    /** Destroys the socket when it aborts. */
    private readonly socket: AbortController,
  ) {}

  /** Connects and logs in. Rejects with amqplib's error, or with the signal's reason: then nothing is left behind. */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<LiveConnection> {
    const { endpoint, heartbeatSeconds, connectionName } = options;
    signal.throwIfAborted();
    const socket = new AbortController();
    const unfollow = onAbort(signal, () => socket.abort());
    const user = userOf(endpoint.url);
    const socketOptions = {
      ...endpoint.tls,
      // amqplib's default delays small frames: request/reply takes 41 ms instead of 0.35 ms.
      noDelay: true,
      timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      // Its own reading of the URL takes each byte of an encoded letter for a letter.
      ...(user && { credentials: credentials.plain(user, passwordOf(endpoint.url)) }),
      clientProperties: { connection_name: connectionName },
      // Not amqplib's: it hands its options on to Node's `connect`.
      signal: socket.signal,
    };
    try {
      const model = await connect(withHeartbeat(endpoint.url, heartbeatSeconds), socketOptions);
      const { stream } = model.connection as Connection & WithSocket;
      if (stream !== undefined) joinWrites(stream);
      const connection = new LiveConnection(model, options, socket);
      connection.listen();
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      unfollow();
    }
  }

  /** Aborts, with a `DependencyUnavailableError` as reason, the moment the connection is gone or is being closed. */
  get lost(): AbortSignal {
    return this.ended.signal;
  }

  /** Runs what its channels do that nobody waits for. */
  get tasks(): BrokerTasks {
    return this.options.tasks;
  }

  /** Ends it: for everybody here it is gone at once. Resolves when the broker has said goodbye too, or after 3 s without. */
  async close(reason: Error): Promise<void> {
    this.ended.abort(reason);
    // Rejects when it is being closed already, never settles when the connection dies meanwhile: the event comes in any case.
    this.model.close().then(() => this.closed.resolve(), ignore);
    await withTimeout(this.closed.promise, GOODBYE_MS).catch(ignore);
    this.socket.abort();
  }

  private listen(): void {
    let cause: Error | undefined;
    // Without an error listener, one network error would end the process.
    this.model.on('error', (error: Error) => {
      cause = error;
    });
    this.model.on('close', (error?: Error) => {
      this.closed.resolve();
      if (this.lost.aborted) return;
      const why = cause ?? error;
      const report = lossReport(this.options.endpoint, why);
      this.ended.abort(new DependencyUnavailableError(report, { cause: why }));
      this.abandonSocket();
    });
  }

  /** A peer that is frozen never ends its half: without this the socket would outlive the process's work. */
  private abandonSocket(): void {
    const abandoning = this.tasks.run('abandon the socket of a lost connection', async (task) => {
      task.onAbort(() => this.socket.abort());
      await task.sleep(GOODBYE_MS);
      this.socket.abort();
    });
    if (abandoning === undefined) this.socket.abort();
  }
}

function withHeartbeat(url: string, seconds: number): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(seconds));
  return parsed.href;
}

const ignore = (): void => undefined;
