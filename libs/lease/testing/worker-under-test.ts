import { randomUUID } from 'node:crypto';
import { LeaseUnknown, StatusTick, type LeaseState, type ServiceName } from '#contracts';
import { composeMessage, NO_METRICS, type Broker } from '#broker';
import { eventually } from '../../../tools/testing/eventually.ts';
import { Brokers } from '../../broker/testing/brokers.js';
import { Management } from '../../broker/testing/management.js';
import { TcpProxy } from '../../broker/testing/tcp-proxy.js';
import { LeaseClient } from '../src/lease-client.js';
import type { Acquired } from '../src/lease-desk.js';
import type { Lease } from '../src/lease.js';
import { ScriptedRecord } from './scripted-record.js';

export interface WorkerOptions {
  /** How long it goes on without the record. */
  readonly graceMs?: number;
}

/** A worker's lease client on a real broker, the way to that broker, and a record that says what the test wants. */
export class WorkerUnderTest implements AsyncDisposable {
  readonly management: Management;

  private constructor(
    readonly brokers: Brokers,
    /** Between the worker and its broker. */
    readonly proxy: TcpProxy,
    readonly record: ScriptedRecord,
    readonly broker: Broker,
    readonly client: LeaseClient,
    /** What its broker library counted of messages sent, as `confirmed lease.released`. */
    readonly counted: readonly string[],
  ) {
    this.management = new Management(brokers.server);
  }

  /** The client has not started, and the queue of the record does not exist. */
  static async of(service: ServiceName, { graceMs }: WorkerOptions = {}): Promise<WorkerUnderTest> {
    const brokers = await Brokers.fresh();
    const proxy = await TcpProxy.to(brokers.url);
    const record = await ScriptedRecord.connect(brokers.url, brokers.log);
    const counted: string[] = [];
    const count = (event: string) => (type: string) => void counted.push(`${event} ${type}`);
    const metrics = {
      ...NO_METRICS,
      published: count('published'),
      republished: count('republished'),
      returned: count('returned'),
      confirmed: count('confirmed'),
    };
    const broker = await brokers.open({ url: proxy.through(brokers.url), service, metrics });
    const { processId } = broker;
    const client = new LeaseClient({ broker, service, processId, version: '1.2.3', graceMs });
    return new WorkerUnderTest(brokers, proxy, record, broker, client, counted);
  }

  /** The record reads, and the client is known to it. */
  static async started(service: ServiceName, options?: WorkerOptions): Promise<WorkerUnderTest> {
    const worker = await WorkerUnderTest.of(service, options);
    await worker.record.begin();
    await worker.client.start();
    return worker;
  }

  /** The id of the n-th instance of the worker. */
  instance(n: number): string {
    return `${this.broker.processId}.${n}`;
  }

  /** Asks for a lease that the record grants. */
  async granted(key: string): Promise<Lease> {
    return leaseOf(await this.client.acquire(key));
  }

  /** Resolves when everything that the instance was told before has been dealt with. */
  async dealtWith(n = 1): Promise<void> {
    const key = `stream/${randomUUID()}`;
    await this.record.ping(this.instance(n), stateOf(key));
    await eventually('it owns up to what it never held', () =>
      this.record.all(LeaseUnknown).some((unknown) => unknown.key === key),
    );
  }

  /** What the worker owned up to, without what `dealtWith` asked. */
  disowned(...keys: string[]): LeaseUnknown[] {
    return this.record.all(LeaseUnknown).filter(({ key }) => keys.includes(key));
  }

  /** The record reads no more, and its queue runs full. */
  async fillRecord(): Promise<void> {
    await this.record.pause();
    await this.management.limitLength('^status.record$', 1);
    const other = await this.brokers.open();
    while (!(await isRefused(other)));
  }

  /** There is room again, and the record reads. */
  async emptyRecord(): Promise<void> {
    await this.management.limitLength('^status.record$', 10_000);
    await this.record.begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.record.close();
    await this.brokers[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/** The lease that was granted. */
export function leaseOf(acquired: Acquired): Lease {
  if (acquired.answer !== 'granted') throw new Error(`not granted: ${acquired.answer}`);
  return acquired.lease;
}

/** What a ping says about a lease. */
export function stateOf(key: string, about: Partial<LeaseState> = {}): LeaseState {
  return { key, epoch: 1, cancelled: null, revoked: false, paused: false, ...about };
}

async function isRefused(broker: Broker): Promise<boolean> {
  const stop = new AbortController();
  const tick = composeMessage(
    StatusTick,
    { processId: broker.processId, at: 1 },
    { appId: 'status' },
  );
  const refused = new Error('refused');
  try {
    await broker.publisher.send(tick, stop.signal, () => stop.abort(refused));
    return false;
  } catch (error) {
    if (error === refused) return true;
    throw error;
  }
}
