import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelTask,
  GetExecution,
  RunTask,
  SearchDocuments,
  StartStream,
  checkMessage,
  type Contract,
  type GetExecutionAnswered,
  type ServiceName,
} from '#contracts';
import { Broker } from '#broker';
import { silentLog } from '#runtime';
import type { RabbitMq } from '../tools/servers/rabbitmq.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import { ServiceProcess } from '../tools/testing/service-process.ts';
import { signalboxCli, type CliEnding } from './cli.ts';
import { CuttableDatabase } from './cuttable-database.ts';

const SERVICES: readonly ServiceName[] = ['status', 'task-runner', 'streamer', 'indexer'];

/** So long something may take that works. */
const PROMPT_MS = 4_000;
/** So long something takes that is known to go on. */
const GOES_ON_MS = 2_000;

/** A program that runs until it is ended, and writes that it does. */
export interface Endless {
  readonly executionId: string;
  readonly file: string;
}

/** One of each service, on servers each of which can be taken away, and someone who uses all of it. */
export class OutageMesh {
  readonly rabbit: RabbitMq;
  /** The record's database, and the search store. */
  readonly postgres: CuttableDatabase;
  readonly store: CuttableDatabase;
  readonly #servers: PrivateServers;
  readonly #services = new Map<ServiceName, ServiceProcess>();
  readonly #source: Server;
  readonly #client: Broker;

  private constructor(
    servers: PrivateServers,
    rabbit: RabbitMq,
    postgres: CuttableDatabase,
    store: CuttableDatabase,
  ) {
    this.#servers = servers;
    this.rabbit = rabbit;
    this.postgres = postgres;
    this.store = store;
    const processId = randomUUID();
    this.#client = new Broker({ url: rabbit.url, service: 'cli', processId, log: silentLog });
    this.#client.start();
    this.#source = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const timer = setInterval(() => response.write('{"text":"a line"}\n'), 50);
      response.on('close', () => clearInterval(timer));
    });
  }

  /** Resolves once every service takes work, and a stream is followed. */
  static async open(): Promise<OutageMesh> {
    const servers = await PrivateServers.open();
    mkdirSync(servers.dir, { recursive: true });
    const [rabbit, postgres, store] = await Promise.all([
      servers.rabbitMq(),
      CuttableDatabase.open(),
      CuttableDatabase.open(),
    ]);
    const mesh = new OutageMesh(servers, rabbit, postgres, store);
    await Promise.all(SERVICES.map((service) => mesh.start(service)));
    mesh.#source.listen(0, '127.0.0.1');
    await once(mesh.#source, 'listening');
    const { port } = mesh.#source.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    await mesh.#ask(StartStream, { streamId: 'lines', url, format: 'ndjson', index: 'lines' });
    return mesh;
  }

  async close(): Promise<void> {
    await this.#client.close();
    await Promise.all([...this.#services.values()].map((service) => service.kill()));
    this.#source.closeAllConnections();
    this.#source.close();
    await this.#servers.close();
    await Promise.all([this.postgres.close(), this.store.close()]);
  }

  service(name: ServiceName): ServiceProcess {
    return this.#services.get(name)!;
  }

  /** Starts a service that does not run; resolves once it takes work. */
  async start(name: ServiceName): Promise<void> {
    const service = new ServiceProcess(name, {
      AMQP_URL: this.rabbit.url,
      ...(name === 'status' && { DATABASE_URL: this.postgres.url }),
      ...(name === 'indexer' && {
        SEARCH_URL: this.store.url,
        INDEX_STORE_DOWN_MS: '1000',
      }),
      ...(name === 'streamer' && { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' }),
      ...(name === 'task-runner' && {
        PLUGINS: 'exec',
        TARGETS_ALLOWED: '*',
        TARGET_GRACE_MS: '500',
        PATH: process.env.PATH ?? '',
      }),
    });
    this.#services.set(name, service);
    await service.ready();
  }

  /** Begins a program that never ends; resolves once it runs. */
  async begin(): Promise<Endless> {
    const executionId = randomUUID();
    const file = path.join(this.#servers.dir, executionId);
    const program = `echo began >> ${file}; while :; do echo on >> ${file}; sleep 0.1; done`;
    const args = { shell: true, program };
    await this.#ask(RunTask, { executionId, plugin: 'exec', args, targets: ['host-1'] });
    await eventually('it runs', () => existsSync(file), 30_000);
    return { executionId, file };
  }

  /** How often it was begun. */
  timesBegun({ file }: Endless): number {
    return readFileSync(file, 'utf8').split('began\n').length - 1;
  }

  /** Whether it runs. */
  async goesOn({ file }: Endless): Promise<boolean> {
    const before = statSync(file).size;
    await sleep(GOES_ON_MS);
    return statSync(file).size > before;
  }

  /** Whether a cancel ends it at once. Whoever asks need not hear so. */
  async endsWhenCancelled({ executionId, file }: Endless): Promise<boolean> {
    this.#ask(CancelTask, { executionId }).catch(() => undefined);
    return this.#works(async () => {
      await eventually(
        'it has ended',
        async () => {
          const before = statSync(file).size;
          await sleep(500);
          return statSync(file).size === before;
        },
        PROMPT_MS,
      );
    });
  }

  /** Whether a new command is accepted, which is to say recorded. */
  acceptsCommands(): Promise<boolean> {
    return this.#works(() => this.#ask(RunTask, this.#short()));
  }

  async answersQueries(): Promise<boolean> {
    return this.#works(async () => {
      const executionId = randomUUID();
      await this.#ask(GetExecution, { executionId }).catch((error: { code?: string }) => {
        if (error.code !== 'not-found') throw error;
      });
    });
  }

  searches(): Promise<boolean> {
    return this.#works(() => this.#ask(SearchDocuments, { index: '*', size: 1 }));
  }

  /** Whether lines of the stream are read, and taken by the queue of documents. */
  followsStream(): Promise<boolean> {
    return this.#works(async () => {
      const before = await this.#documents();
      const grows = async () => (await this.#documents()) > before;
      await eventually('lines are read', grows, PROMPT_MS);
    });
  }

  /** Whether a client that connects to the feed is let in. */
  opensFeed(): Promise<boolean> {
    return this.#works(async () => {
      const stop = AbortSignal.timeout(PROMPT_MS);
      const address = await this.service('status').address();
      const response = await fetch(`${address}/v1/feed`, { signal: stop });
      await response.body?.cancel();
      if (response.status !== 200) throw new Error(`The feed answers ${response.status}.`);
    });
  }

  /** Runs the command line. */
  signalbox(...words: string[]): Promise<CliEnding> {
    return signalboxCli(words, { AMQP_URL: this.rabbit.url });
  }

  async listsServices(): Promise<boolean> {
    return (await this.signalbox('services')).exitCode === 0;
  }

  /** Has something short done, from its command to its end. */
  async getsWorkDone(): Promise<void> {
    const command = this.#short();
    await this.#ask(RunTask, command);
    await eventually(
      'it is done',
      async () => {
        const { executionId } = command;
        const answer = (await this.#ask(GetExecution, { executionId })) as GetExecutionAnswered;
        return answer.state === 'succeeded';
      },
      60_000,
    );
  }

  /** The reasons why a service is not ready, by check. */
  async troubles(name: ServiceName): Promise<Readonly<Record<string, string>>> {
    return (await this.service(name).readiness()).reasons;
  }

  #short() {
    const executionId = randomUUID();
    return { executionId, plugin: 'exec', args: { program: 'true' }, targets: ['host-1'] };
  }

  #documents(): Promise<number> {
    return this.service('streamer').metric('signalbox_streamer_documents_total');
  }

  #ask<T extends object>(contract: Contract<T>, body: object): Promise<object> {
    const message = checkMessage(contract, body);
    return this.#client.requester.request(contract, message, { timeoutMs: PROMPT_MS });
  }

  async #works(attempt: () => Promise<unknown>): Promise<boolean> {
    try {
      await attempt();
      return true;
    } catch {
      return false;
    }
  }
}
