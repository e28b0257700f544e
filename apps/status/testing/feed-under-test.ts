import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Supervisor } from '#supervisor';
import { Logger, MetricsRegistry, silentLog } from '#runtime';
import { FeedController } from '../src/feed/feed.controller.js';
import { FeedClients } from '../src/feed/feed-clients.js';
import { FeedLog } from '../src/feed/feed-log.js';
import { FeedMetrics } from '../src/feed/feed-metrics.js';
import { snapshotOf } from '../src/feed/feed-snapshot.js';
import { FeedTable } from '../src/feed/feed-table.js';
import { RecordReader } from '../src/reading/record-reader.js';
import { FeedWatcher } from './feed-watcher.js';
import type { RecordOnPostgres } from './record-on-postgres.js';

/** The feed of one status, over HTTP, without the rest of the service. */
export class FeedUnderTest {
  readonly metrics = new MetricsRegistry();
  readonly table: FeedTable;
  readonly clients: FeedClients;
  /** Every response that was begun. */
  readonly responses: ServerResponse[] = [];
  private readonly loops = new Supervisor({ name: 'test', limit: 1 });
  private readonly watchers: FeedWatcher[] = [];
  private readonly log: FeedLog;
  private app!: INestApplication;

  constructor(
    { db, pool }: Pick<RecordOnPostgres, 'db' | 'pool'>,
    limits: { readonly maxClients?: number; readonly slowAfterMs?: number } = {},
  ) {
    const record = new RecordReader(db);
    const metrics = new FeedMetrics(this.metrics);
    const table = new FeedTable(pool);
    this.table = table;
    this.log = new FeedLog(table, silentLog);
    this.clients = new FeedClients({
      source: {
        log: this.log,
        extent: () => table.extent(),
        snapshot: (filter) => snapshotOf(record, filter),
        onReset: (reason) => metrics.reset(reason),
      },
      log: this.log,
      metrics,
      logger: silentLog,
      ...limits,
    });
  }

  async start(): Promise<void> {
    const module = await Test.createTestingModule({
      controllers: [FeedController],
      providers: [
        { provide: FeedClients, useValue: this.clients },
        { provide: Logger, useValue: silentLog },
      ],
    }).compile();
    this.app = module.createNestApplication({ forceCloseConnections: true, logger: false });
    this.app.use((_: unknown, response: ServerResponse, next: () => void) => {
      this.responses.push(response);
      next();
    });
    await this.app.listen(0, '127.0.0.1');
    this.loops.trySpawn('read the feed', ({ signal }) => this.log.run(signal));
  }

  get port(): number {
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  url(query = ''): string {
    return `http://127.0.0.1:${this.port}/v1/feed${query}`;
  }

  /** A client that is connected; closed with the feed. */
  async watch(query = '', lastEventId?: string): Promise<FeedWatcher> {
    const watcher = new FeedWatcher(this.url(query));
    this.watchers.push(watcher);
    await watcher.connect(lastEventId);
    return watcher;
  }

  /** What a metric says. */
  async metric(name: string, reason?: string): Promise<number | undefined> {
    const metric = await this.metrics.getSingleMetric(name)?.get();
    return metric?.values.find(({ labels }) => labels['reason'] === reason)?.value;
  }

  async close(): Promise<void> {
    for (const watcher of this.watchers) watcher.close();
    await this.clients.close();
    await this.loops.close();
    await this.app.close();
  }
}
