import 'reflect-metadata';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { Controller, Get, Injectable, Module, Res } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Requester } from '#broker';
import { DependencyUnavailableError, SearchDocuments, SignalboxError } from '#contracts';
import { Deferred, Supervisor, sleep, systemClock } from '#supervisor';
import { freshBroker, type FreshBroker } from '../../../../tools/testing/servers.ts';
import { Collector, KIND } from '../../testing/collector.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logger } from '../logging/logger.js';
import { ServiceSettings } from '../settings/service.env.js';
import { Setting } from '../settings/setting.decorator.js';
import { TaskRegistry } from '../tasks/task-registry.js';
import { Lifecycle } from './lifecycle.js';
import { ProcessIdentity } from './process-identity.js';
import type { ProcessHost, StopSignal } from './process-host.js';
import { runService } from './run-service.js';

jest.setTimeout(30_000);

const NOBODY_LISTENS = 'amqp://guest:guest@127.0.0.1:1';

class EchoSettings extends ServiceSettings {
  @Setting({ means: 'What to answer.' })
  readonly ANSWER: string = 'echo';
}

/** What the running service looks like from inside, for the tests. */
let inside: EchoParts;

@Injectable()
class EchoParts {
  storeDown: string | undefined;

  constructor(
    readonly settings: EchoSettings,
    readonly base: ServiceSettings,
    readonly log: Logger,
    readonly identity: ProcessIdentity,
    readonly requester: Requester,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('store', () => this.storeDown);
    tasks.add(new Supervisor({ name: 'echoes', limit: 3 }));
    lifecycle.onStart('store', () => {
      if (this.storeDown !== undefined) throw new DependencyUnavailableError(this.storeDown);
    });
  }
}

@Controller('v1')
class EchoController {
  constructor(private readonly settings: EchoSettings) {}

  @Get('answer')
  answer(): { answer: string } {
    return { answer: this.settings.ANSWER };
  }

  /** An answer that never ends, as a live feed does. */
  @Get('feed')
  feed(@Res() response: { write(text: string): void }): void {
    response.write('first');
  }

  @MessagePattern('document.search')
  search(): never {
    throw new SignalboxError('invalid-query', 'nothing is ever found here');
  }
}

@Module({ providers: [EchoParts], controllers: [EchoController] })
class EchoModule {
  constructor(parts: EchoParts) {
    inside = parts;
  }
}

/** A service in this process, with signals that the test sends. */
class RunningService {
  readonly ended: Promise<number>;
  sendSignal: (signal: StopSignal) => void = () => undefined;
  #log = '';

  constructor(environment: Record<string, string>) {
    const exited = new Deferred<number>();
    const host: ProcessHost = {
      environment: { LOG_LEVEL: 'debug', ...environment },
      clock: systemClock,
      output: { write: (line: string) => void (this.#log += line) },
      errorOutput: { write: (text) => void (this.#log += text) },
      onStopSignal: (listener) => {
        this.sendSignal = listener;
        return () => undefined;
      },
      onUncaught: () => () => undefined,
      exit: exited.resolve,
    };
    const definition = {
      service: 'indexer' as const,
      settings: EchoSettings,
      module: () => EchoModule,
      consumes: [{ queue: 'indexer.queries' as const }],
    };
    this.ended = runService(definition, host).then(() => exited.promise);
  }

  get log(): { msg: string; port?: number }[] {
    return this.#log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { msg: string; port?: number });
  }

  /** The URL of the admin server, once it listens. */
  async url(path: string): Promise<string> {
    const line = await until(() => this.log.find(({ msg }) => msg === 'admin server listens'));
    return `http://127.0.0.1:${line.port}/${path}`;
  }

  async get(path: string): Promise<{ status: number; body: unknown; text: string }> {
    const response = await fetch(await this.url(path));
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : undefined, text };
  }

  async ready(): Promise<void> {
    await until(async () => ((await this.get('health/ready')).status === 200 ? true : undefined));
  }

  async stop(): Promise<number> {
    this.sendSignal('SIGTERM');
    return this.ended;
  }
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(20);
  }
}

describe('without a broker', () => {
  let service: RunningService;
  beforeEach(() => {
    service = new RunningService({ AMQP_URL: NOBODY_LISTENS });
  });
  afterEach(() => service.stop());

  it('lives, and says why it is not ready', async () => {
    expect(await service.get('health/live')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        service: 'indexer',
        processId: inside.identity.processId,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      },
    });
    const refused = await until(async () => {
      const answer = await service.get('health/ready');
      return answer.text.includes('nothing listens there') ? answer : undefined;
    });
    expect(refused).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        error: {
          service: { status: 'down', message: 'starting, waiting for the broker' },
          broker: { message: expect.stringContaining('127.0.0.1:1') },
        },
      },
    });
    expect(refused.text).not.toContain('guest:guest');
    expect(service.log.map(({ msg }) => msg)).not.toContain('ready');
  });

  it('stops in order while it still waits', async () => {
    await service.get('health/live');
    expect(await service.stop()).toBe(0);
  });
});

describe('with a broker', () => {
  let broker: FreshBroker;
  let service: RunningService;
  beforeAll(async () => {
    broker = await freshBroker();
  });
  afterAll(() => broker.drop());
  beforeEach(async () => {
    service = new RunningService({ AMQP_URL: broker.amqpUrl, ANSWER: 'forty-two' });
    await service.ready();
  });
  afterEach(() => service.stop());

  it('injects what every service has, by class', () => {
    expect(inside.settings).toBeInstanceOf(EchoSettings);
    expect(inside.base).toBe(inside.settings);
    expect(inside.identity.service).toBe('indexer');
    inside.log.info({ echo: 1 }, 'from inside');
    expect(service.log).toContainEqual(
      expect.objectContaining({
        service: 'indexer',
        processId: inside.identity.processId,
        echo: 1,
        msg: 'from inside',
      }),
    );
  });

  it('serves controllers of its own beside the runtime’s', async () => {
    expect(await service.get('v1/answer')).toMatchObject({ body: { answer: 'forty-two' } });
    expect(await service.get('debug/tasks')).toMatchObject({
      body: {
        service: 'indexer',
        supervisors: [
          { name: 'start and stop', recent: [{ name: 'start the consumers' }, {}, {}, {}] },
          { name: 'runtime', tasks: [{ name: 'watch readiness', state: 'running' }] },
          { name: 'http requests', tasks: [{ name: 'GET /debug/tasks' }] },
          { name: 'broker' },
          { name: 'broker client' },
          { name: 'indexer.queries' },
          { name: 'echoes', limit: 3, tasks: [] },
        ],
      },
    });
  });

  it('hands a handler’s own error to the transport, and counts', async () => {
    const query = Object.assign(new SearchDocuments(), { index: 'any', query: 'x' });
    await expect(
      inside.requester.request(SearchDocuments, query, { timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'invalid-query', message: 'nothing is ever found here' });
    // The delivery is settled after its answer left.
    const text = await until(async () => {
      const metrics = await service.get('metrics');
      return /delivery_seconds_count.+"acknowledged"\} 1/.test(metrics.text)
        ? metrics.text
        : undefined;
    });
    expect(text).toMatch(/signalbox_build_info\{service="indexer",process_id=".+",version=".+"/);
    expect(text).toContain(
      'signalbox_broker_messages_total{type="query.failed",event="published"} 1',
    );
    expect(text).toContain(
      'signalbox_broker_deliveries_total{queue="indexer.queries",type="document.search"} 1',
    );
    expect(text).toContain('signalbox_broker_deliveries_in_flight{queue="indexer.queries"} 0');
    expect(text).toContain('signalbox_check_up{check="broker"} 1');
    expect(text).toContain('signalbox_supervisor_limit{supervisor="echoes"} 3');
    expect(text).toContain('supervisor_tasks{supervisor="runtime",state="occupied"} 1');
    expect(text).toContain('supervisor_tasks{supervisor="runtime",state="overdue"} 0');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('is not ready while a check of its own fails', async () => {
    inside.storeDown = 'the store is gone';
    expect(await service.get('health/ready')).toMatchObject({
      status: 503,
      body: { error: { store: { message: 'the store is gone' } } },
    });
  });

  it('is not held up by connections that are kept alive or never end', async () => {
    const agent = new Agent({ keepAlive: true });
    const closed: Promise<unknown>[] = [];
    for (const path of ['health/live', 'v1/feed']) {
      const url = await service.url(path);
      const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
      closed.push(once(response.socket, 'close'));
      response.on('error', () => undefined);
      await once(response, 'data');
    }
    expect(await service.stop()).toBe(0);
    await Promise.all(closed);
    agent.destroy();
  });
});

describe('with a collector of traces', () => {
  it('has sent every span when it ends', async () => {
    const [broker, collector] = await Promise.all([freshBroker(), Collector.start()]);
    const service = new RunningService({
      AMQP_URL: broker.amqpUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    await service.ready();
    const query = Object.assign(new SearchDocuments(), { index: 'any', query: 'x' });
    const options = { timeoutMs: 5_000 };
    await inside.requester.request(SearchDocuments, query, options).catch(() => undefined);
    expect(await service.stop()).toBe(0);
    const { processId } = inside.identity;
    const asked = collector.span('request document.search');
    expect(asked).toMatchObject({
      kind: KIND.client,
      resource: { 'service.name': 'indexer', 'service.instance.id': processId },
    });
    expect(collector.span('process indexer.queries')).toMatchObject({
      kind: KIND.server,
      parentSpanId: asked.spanId,
    });
    // What was logged about the failed query says which message, and which trace.
    expect(service.log).toContainEqual(
      expect.objectContaining({
        msg: 'query failed',
        traceId: asked.traceId,
        messageId: asked.attributes['messaging.message.id'],
      }),
    );
    await Promise.all([broker.drop(), collector[Symbol.asyncDispose]()]);
  });
});

describe('when the broker goes away', () => {
  it('stays alive, says why it is not ready, and still stops in order', async () => {
    const broker = await freshBroker();
    const service = new RunningService({ AMQP_URL: broker.amqpUrl });
    await service.ready();
    await broker.drop();
    const { body } = await until(async () => {
      const answer = await service.get('health/ready');
      return answer.status === 503 ? answer : undefined;
    });
    expect(body).toMatchObject({
      error: { broker: { status: 'down', message: expect.stringContaining('RabbitMQ') } },
      info: { service: { status: 'up' }, store: { status: 'up' } },
    });
    expect(await service.get('health/live')).toMatchObject({ status: 200 });
    await until(() => service.log.find(({ msg }) => msg === 'not ready'));
    expect(await service.stop()).toBe(0);
  });
});
