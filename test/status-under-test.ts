import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  CommandAccepted,
  ExecutionFinished,
  GetExecution,
  GetExecutionAnswered,
  RunTask,
  checkMessage,
  parseMessage,
  type Contract,
} from '#contracts';
import { Broker, incomingMessage } from '#broker';
import { HandWorker } from '../apps/status/testing/hand-worker.ts';
import { silentLog } from '#runtime';
import { eventually } from '../tools/testing/eventually.ts';
import { freshBroker, type FreshBroker } from '../tools/testing/servers.ts';
import { ServiceProcess } from '../tools/testing/service-process.ts';
import { CuttableDatabase } from './cuttable-database.ts';

/** The status service on a broker and a database of its own, with a client, and workers that a test leads by hand. */
export class StatusUnderTest {
  /** The service; a test that kills it puts another in its place. */
  service: ServiceProcess;
  /** Its database. */
  readonly postgres: CuttableDatabase;
  /** Who asks, as the broker knows them. */
  readonly user: string;
  readonly #rabbit: FreshBroker;
  readonly #broker: Broker;
  readonly #finished = new Map<string, ExecutionFinished>();
  #workers: HandWorker[] = [];

  private constructor(rabbit: FreshBroker, postgres: CuttableDatabase) {
    this.#rabbit = rabbit;
    this.postgres = postgres;
    this.user = new URL(rabbit.amqpUrl).username;
    this.#broker = new Broker({
      url: rabbit.amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: silentLog,
    });
    this.#broker.start();
    this.service = this.startService();
  }

  /** Starts it; `ready` says when it can be used. */
  static async open(): Promise<StatusUnderTest> {
    return new StatusUnderTest(...(await Promise.all([freshBroker(), CuttableDatabase.open()])));
  }

  /** Where the broker is, for a client of the test's own. */
  get amqpUrl(): string {
    return this.#rabbit.amqpUrl;
  }

  /** Resolves once the service takes work and the client hears what ends. */
  async ready(): Promise<void> {
    await this.service.ready();
    await this.#watchFinished();
  }

  /** Kills the service and deletes all data. */
  async close(): Promise<void> {
    await this.#broker.close();
    await this.service.kill();
    await Promise.all([this.#rabbit.drop(), this.postgres.close()]);
  }

  /** Starts another status, with more settings. */
  startService(more: Readonly<Record<string, string>> = {}): ServiceProcess {
    const env = { AMQP_URL: this.#rabbit.amqpUrl, DATABASE_URL: this.postgres.url, ...more };
    return new ServiceProcess('status', env);
  }

  async startWorker(...rest: ['streamer'?]): Promise<HandWorker> {
    const worker = new HandWorker(this.#rabbit.amqpUrl, ...rest);
    this.#workers.push(worker);
    await worker.start();
    return worker;
  }

  /** Ends all workers, before the next test offers work that they would take. */
  async closeWorkers(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    this.#workers = [];
  }

  /** Sends a command or a query; resolves with the reply. */
  ask<T extends object>(contract: Contract<T>, body: object): Promise<object> {
    const message = checkMessage(contract, body);
    return this.#broker.requester.request(contract, message, { timeoutMs: 10_000 });
  }

  /** Has a new execution accepted; resolves with its id. */
  async run(targets: readonly string[], policy: object = {}): Promise<string> {
    const executionId = randomUUID();
    const reply = await this.ask(RunTask, { executionId, plugin: 'ssh', targets, policy });
    assert.deepEqual(reply, Object.assign(new CommandAccepted(), { id: executionId }));
    return executionId;
  }

  async execution(executionId: string): Promise<GetExecutionAnswered> {
    return (await this.ask(GetExecution, { executionId })) as GetExecutionAnswered;
  }

  /** Resolves with the event of the execution's end. */
  ending(executionId: string): Promise<ExecutionFinished> {
    const event = () => this.#finished.get(executionId);
    return eventually(`execution.finished of ${executionId}`, event, 30_000);
  }

  /** Watches as people do: a queue of one's own, bound to the events. */
  async #watchFinished(): Promise<void> {
    const channel = await this.#broker.openChannel('consume');
    const { queue } = await channel.raw.assertQueue('', { exclusive: true });
    await channel.raw.bindQueue(queue, 'signalbox.events', 'execution.finished.#');
    await channel.consume(
      queue,
      (delivery) => {
        const { type, body } = incomingMessage(delivery);
        const event = parseMessage(type, body) as ExecutionFinished;
        this.#finished.set(event.executionId, event);
      },
      { noAck: true },
    );
  }
}
