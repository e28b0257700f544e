import { describe, expect, it } from '@jest/globals';
import {
  LeaseExpired,
  LeasePing,
  ServiceLost,
  parseMessage,
  type Contract,
  type LeaseState,
} from '#contracts';
import { UnroutableError, type Broker, type BrokerChannel, type OutgoingMessage } from '#broker';
import { ManualClock } from '#supervisor';
import { instance } from '../../testing/messages.js';
import { silentLog } from '#runtime';
import { GRACE_MS } from './grace.js';
import { InstanceWatch } from './instance-watch.js';
import type { InstancesReader } from './instances-reader.js';

const A = instance(1);
const B = instance(2);

const owned = (key: string): LeaseState => ({
  key,
  epoch: 1,
  cancelled: null,
  revoked: false,
  paused: false,
});

/** Plays the record and the broker. */
class Surroundings {
  readonly clock = new ManualClock();
  readonly activity = { isActive: true };
  readonly record = new Map<string, LeaseState[]>();
  /** Instances whose control queue is gone. */
  readonly gone = new Set<string>();
  readonly pings: { readonly to: string; readonly leases: readonly LeaseState[] }[] = [];
  readonly said: { readonly contract: Contract; readonly body: object }[] = [];
  private channel = new AbortController();

  readonly instances = {
    all: () =>
      Promise.resolve(
        [...this.record].map(([instanceId, leases]) => ({ instanceId, leases: [...leases] })),
      ),
    leasesOf: (instanceId: string) => Promise.resolve([...(this.record.get(instanceId) ?? [])]),
  } as unknown as InstancesReader;

  readonly broker = {
    openChannel: () => {
      this.channel = new AbortController();
      const { signal: lost } = this.channel;
      const publish = (message: OutgoingMessage) => this.ping(message);
      return Promise.resolve({ lost, publish, settled: () => Promise.resolve() });
    },
  } as unknown as Pick<Broker, 'openChannel'>;

  readonly publisher = {
    publish: <T extends object>(contract: Contract<T>, body: T) => {
      this.said.push({ contract, body });
      return Promise.resolve();
    },
  };

  loseChannel(): void {
    this.channel.abort(new Error('connection lost'));
  }

  private ping(message: OutgoingMessage): ReturnType<BrokerChannel['publish']> {
    const { routingKey: to, body, properties } = message;
    if (this.gone.has(to)) return Promise.reject(new UnroutableError(message));
    const { leases } = parseMessage(properties.type, body) as LeasePing;
    this.pings.push({ to, leases });
    return Promise.resolve();
  }
}

async function watching(
  surroundings: Surroundings,
  during: (advance: (ms: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const { broker, publisher, instances, activity, clock } = surroundings;
  const parts = { broker, publisher, instances, activity, clock, log: silentLog };
  const watch = new InstanceWatch(parts);
  const ended = watch.run(stop.signal).catch((error: unknown) => error);
  await during((ms) => surroundings.clock.advanceAsync(ms));
  const reason = new Error('stop');
  stop.abort(reason);
  expect(await ended).toBe(reason);
}

describe('S9: the watch', () => {
  it('pings every instance twice a second, and says only what changed', async () => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, [owned('stream/a')]).set(B, []);
    await watching(surroundings, (advance) => advance(1_000));
    expect(surroundings.pings).toMatchObject([
      { to: A, leases: [{ key: 'stream/a' }] },
      { to: B, leases: [] },
      { to: A, leases: [] },
      { to: B, leases: [] },
    ]);
  });

  it('is kept by the active status alone', async () => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, []);
    surroundings.activity.isActive = false;
    await watching(surroundings, (advance) => advance(5_000));
    expect(surroundings.pings).toEqual([]);
  });

  it('declares an instance gone when it is missing for a second, for every lease it has then', async () => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, [owned('stream/a')]).set(B, []);
    await watching(surroundings, async (advance) => {
      await advance(GRACE_MS + 500);
      surroundings.gone.add(A);
      surroundings.record.get(A)?.push(owned('stream/late'));
      await advance(1_000);
      expect(surroundings.said).toEqual([]);
      await advance(500);
    });
    expect(surroundings.said).toMatchObject([
      { contract: LeaseExpired, body: { key: 'stream/a', epoch: 1, instanceId: A } },
      { contract: LeaseExpired, body: { key: 'stream/late', epoch: 1, instanceId: A } },
      { contract: ServiceLost, body: { instanceId: A } },
    ]);
  });

  it.each([
    {
      after: 'it took over',
      disturb: async ({ activity, clock }: Surroundings) => {
        activity.isActive = false;
        await clock.advanceAsync(500);
        activity.isActive = true;
      },
    },
    {
      after: 'its connection was lost',
      disturb: async (surroundings: Surroundings) => surroundings.loseChannel(),
    },
  ])('expires nobody for ten seconds after $after', async ({ disturb }) => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, [owned('stream/a')]);
    await watching(surroundings, async (advance) => {
      await advance(GRACE_MS + 500);
      await disturb(surroundings);
      surroundings.gone.add(A);
      await advance(GRACE_MS);
      expect(surroundings.said).toEqual([]);
      await advance(500);
      expect(surroundings.said).toHaveLength(2);
    });
  });

  it('expires nobody for ten seconds after two vanished together', async () => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, [owned('stream/a')]).set(B, [owned('stream/b')]);
    await watching(surroundings, async (advance) => {
      await advance(GRACE_MS + 500);
      surroundings.gone.add(A).add(B);
      await advance(GRACE_MS);
      expect(surroundings.said).toEqual([]);
      surroundings.gone.delete(B);
      await advance(500);
    });
    expect(surroundings.said).toMatchObject([
      { body: { instanceId: A } },
      { contract: ServiceLost },
    ]);
  });

  it('tells a new owner of a lease about it, though its key is an old one', async () => {
    const surroundings = new Surroundings();
    surroundings.record.set(A, [owned('stream/a')]);
    await watching(surroundings, async (advance) => {
      await advance(500);
      surroundings.record.set(B, [owned('stream/a')]).delete(A);
      await advance(500);
    });
    expect(surroundings.pings).toMatchObject([
      { to: A, leases: [{ key: 'stream/a' }] },
      { to: B, leases: [{ key: 'stream/a' }] },
    ]);
  });
});
