import path from 'node:path';
import pg from 'pg';
import type { Keeper } from '../../tools/keeper/keeper.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { startRabbitMq, type RabbitMq } from '../../tools/servers/rabbitmq.ts';
import type { Server } from '../../tools/servers/server.ts';
import { eventually } from '../../tools/testing/eventually.ts';
import { ServiceProcess, type LogLine } from '../../tools/testing/service-process.ts';
import { Writes } from './writes.ts';

export interface GroundOptions {
  readonly keeper: Keeper;
  readonly dir: string;
  /** Of the statuses: a frozen one is noticed after three. */
  readonly heartbeatSeconds: number;
}

/** A status process, and the name that it has in the database. */
export interface NamedStatus {
  readonly name: string;
  readonly service: ServiceProcess;
}

/** How long a status may take to become the writer: three heartbeats of a frozen one, and to start. */
const PATIENCE_MS = 60_000;

/** Two statuses on a broker and a database of their own, all of which may be frozen, killed and restarted. */
export class RecordGround implements AsyncDisposable {
  readonly rabbit: RabbitMq;
  readonly postgres: Server;
  readonly pool: pg.Pool;
  readonly writes: Writes;
  readonly #heartbeatSeconds: number;
  readonly #statuses = new Map<string, ServiceProcess>();
  #started = 0;

  private constructor(
    rabbit: RabbitMq,
    postgres: Server,
    pool: pg.Pool,
    writes: Writes,
    heartbeatSeconds: number,
  ) {
    this.rabbit = rabbit;
    this.postgres = postgres;
    this.pool = pool;
    this.writes = writes;
    this.#heartbeatSeconds = heartbeatSeconds;
  }

  /** Starts the servers and two statuses; the first is the writer. */
  static async open({ keeper, dir, heartbeatSeconds }: GroundOptions): Promise<RecordGround> {
    const [rabbit, postgres] = await Promise.all([
      startRabbitMq({ keeper, dir: path.join(dir, 'rabbitmq') }),
      startPostgres({ keeper, dir: path.join(dir, 'postgres') }),
    ]);
    // A first status makes the tables.
    const first = new ServiceProcess('status', {
      AMQP_URL: rabbit.url,
      DATABASE_URL: postgres.url,
    });
    await first.ready();
    await first.stop();
    const pool = new pg.Pool({
      connectionString: postgres.url,
      max: 3,
      application_name: 'the test',
    });
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    const writes = await Writes.noteIn(pool);
    const ground = new RecordGround(rabbit, postgres, pool, writes, heartbeatSeconds);
    await ground.startStatus();
    await ground.writer();
    await ground.startStatus();
    return ground;
  }

  get amqpUrl(): string {
    return this.rabbit.url;
  }

  /** Starts one more status; resolves once it takes work. */
  async startStatus(): Promise<NamedStatus> {
    this.#started += 1;
    const name = `status-${this.#started}`;
    const amqp = new URL(this.rabbit.url);
    amqp.searchParams.set('heartbeat', String(this.#heartbeatSeconds));
    const database = new URL(this.postgres.url);
    database.searchParams.set('application_name', name);
    const service = new ServiceProcess('status', {
      AMQP_URL: amqp.href,
      DATABASE_URL: database.href,
    });
    this.#statuses.set(name, service);
    await service.ready();
    return { name, service };
  }

  /** Every status that runs. */
  get statuses(): readonly NamedStatus[] {
    return [...this.#statuses].map(([name, service]) => ({ name, service }));
  }

  /** The status that writes the record; waits until there is one that runs, and for another than `not`. */
  async writer(not?: NamedStatus): Promise<NamedStatus> {
    const name = await eventually(
      'a status writes the record',
      async () => {
        const newest = await this.writes.writer();
        return newest !== not?.name && this.#statuses.has(newest ?? '') && newest;
      },
      PATIENCE_MS,
    );
    return { name, service: this.#statuses.get(name)! };
  }

  /** Becomes the writer, as a status does that took over, and leaves it at that. */
  async overtake(): Promise<void> {
    await this.pool.query('update writer set term = term + 1');
  }

  /** Kills a status as a crash does. */
  async kill({ name, service }: NamedStatus): Promise<void> {
    this.#statuses.delete(name);
    await service.kill();
  }

  async rows<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    const { rows } = await this.pool.query<T>(text, [...values]);
    return rows;
  }

  /** Everything that the statuses that run said about their trouble. */
  errors(): LogLine[] {
    return this.statuses.flatMap(({ service }) =>
      service.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.statuses.map((one) => this.kill(one)));
    await this.pool.end();
    await Promise.all([this.rabbit.kill(), this.postgres.kill()]);
  }
}
