import { randomUUID } from 'node:crypto';
import {
  CommandAccepted,
  RunTask,
  checkMessage,
  deadQueueOf,
  type Contract,
  type PluginDeclaration,
} from '#contracts';
import { Broker, NO_LOG, declareExchanges, declareQueue } from '#broker';
import { LeaseClient } from '#lease';
import {
  freshBroker,
  freshDatabase,
  type FreshBroker,
  type FreshDatabase,
} from '../../tools/testing/servers.ts';
import { ServiceProcess } from '../../tools/testing/service-process.ts';
import type { Piece } from './workload.ts';

/** What the owner runs: executions of a plugin that no instance has are not accepted. */
export const PLUGIN: PluginDeclaration = {
  name: 'ssh',
  description: '',
  schema: {},
  idempotent: true,
  timeoutMs: 60_000,
};
export const VERSION = '0.1.0';
const WORK = 'task-runner.work';
const TIMEOUT_MS = 30_000;

/** The status service as it runs in production, on a broker and a database of its own; an instance that owns work; and a client that asks. */
export class RecordGround {
  readonly service: ServiceProcess;
  /** Lives in this process, and answers the pings of status. */
  readonly owner: LeaseClient;
  readonly #rabbit: FreshBroker;
  readonly #database: FreshDatabase;
  readonly #asking: Broker;
  readonly #owning: Broker;

  private constructor(rabbit: FreshBroker, database: FreshDatabase) {
    this.#rabbit = rabbit;
    this.#database = database;
    this.#asking = brokerOf('cli', rabbit);
    this.#owning = brokerOf('task-runner', rabbit);
    const { processId, service } = this.#owning;
    const known = { processId, version: VERSION, plugins: [PLUGIN] };
    this.owner = new LeaseClient({
      broker: this.#owning,
      service: service as 'task-runner',
      ...known,
    });
    this.service = new ServiceProcess('status', {
      AMQP_URL: rabbit.amqpUrl,
      DATABASE_URL: database.databaseUrl,
    });
  }

  /** Gives one to `use`, and deletes all data when that has ended. */
  static async with<T>(use: (ground: RecordGround) => Promise<T>): Promise<T> {
    const ground = new RecordGround(...(await Promise.all([freshBroker(), freshDatabase()])));
    try {
      await ground.#start();
      return await use(ground);
    } finally {
      await ground.#close();
    }
  }

  get amqpUrl(): string {
    return this.#rabbit.amqpUrl;
  }

  get databaseUrl(): string {
    return this.#database.databaseUrl;
  }

  /** Asks over the queue; resolves with the reply. */
  ask<T extends object>(contract: Contract<T>, question: object): Promise<object> {
    const message = checkMessage(contract, question);
    return this.#asking.requester.request(contract, message, { timeoutMs: TIMEOUT_MS });
  }

  /** Has the executions of these accepted; nobody owns them yet. */
  async accept(pieces: readonly Piece[]): Promise<void> {
    const replies = await Promise.all(pieces.map((piece) => this.ask(RunTask, commandOf(piece))));
    const refusal = replies.find((reply) => !(reply instanceof CommandAccepted));
    if (refusal) throw new Error(`An execution was refused: ${JSON.stringify(refusal)}`);
  }

  /** Makes the owner own it. */
  async grant({ key }: Piece): Promise<void> {
    const { answer } = await this.owner.acquire(key, AbortSignal.timeout(TIMEOUT_MS));
    if (answer !== 'granted') throw new Error(`${key} was ${answer}, not granted.`);
  }

  async #start(): Promise<void> {
    this.#asking.start();
    this.#owning.start();
    const channel = await this.#owning.openChannel('publish');
    await declareExchanges(channel);
    // Offers stay in it: the owner knows without them what to ask for.
    await declareQueue(channel, deadQueueOf(WORK));
    await declareQueue(channel, WORK);
    await channel.close();
    await this.service.ready();
    await this.owner.start(AbortSignal.timeout(TIMEOUT_MS));
  }

  async #close(): Promise<void> {
    await this.owner.close();
    await Promise.all([this.#owning.close(), this.#asking.close()]);
    await this.service.kill();
    await Promise.all([this.#rabbit.drop(), this.#database.drop()]);
  }
}

/** The command that asks for it. */
export function commandOf({ executionId, targets }: Piece): object {
  const args = { command: 'systemctl restart edge-proxy', sudo: true };
  return { executionId, plugin: PLUGIN.name, args, targets };
}

function brokerOf(service: 'cli' | 'task-runner', { amqpUrl }: FreshBroker): Broker {
  return new Broker({ url: amqpUrl, service, processId: randomUUID(), log: NO_LOG });
}
