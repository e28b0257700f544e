import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deferred } from '#supervisor';
import { Brokers } from '../../testing/brokers.js';
import type { Broker } from '../broker.js';
import { BrokerChannel } from './broker-channel.js';
import { SharedChannel } from './shared-channel.js';

describe('a shared channel', () => {
  let brokers: Brokers;
  let broker: Broker;

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open();
  });
  afterAll(() => brokers[Symbol.asyncDispose]());

  it('is opened once for all who ask at the same time, and again after it was lost', async () => {
    let opened = 0;
    const shared = new SharedChannel(broker.consuming, (connection) => {
      opened += 1;
      return BrokerChannel.open(connection);
    });
    const channels = await Promise.all(Array.from({ length: 50 }, () => shared.channel()));
    expect(new Set(channels).size).toBe(1);
    await channels[0]?.close();
    const again = await Promise.all([shared.channel(), shared.channel()]);
    expect(again[0]).toBe(again[1]);
    expect(opened).toBe(2);
  });

  it('throws what a live connection refuses, to all who ask; whoever asks later tries again', async () => {
    let attempts = 0;
    const refused = new Error('not permitted');
    const shared = new SharedChannel(broker.consuming, async (connection) => {
      attempts += 1;
      if (attempts === 1) throw refused;
      return BrokerChannel.open(connection);
    });
    const results = await Promise.allSettled([shared.channel(), shared.channel()]);
    expect(results).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    expect(attempts).toBe(1);
    await expect(shared.channel()).resolves.toBeInstanceOf(BrokerChannel);
  });

  it('is set up again when the connection drops while its set-up runs', async () => {
    let attempts = 0;
    const shared = new SharedChannel(broker.consuming, async (connection) => {
      attempts += 1;
      if (attempts === 1) await connection.close(new Error('lost'));
      return BrokerChannel.open(connection);
    });
    await expect(shared.channel()).resolves.toBeInstanceOf(BrokerChannel);
    expect(attempts).toBe(2);
  });

  it('lets go whoever stops waiting, however long the opening takes', async () => {
    const never = new Deferred<BrokerChannel>();
    const shared = new SharedChannel(broker.consuming, () => never.promise);
    const reason = new Error('enough');
    const stop = new AbortController();
    const waiting = shared.channel(stop.signal);
    await broker.consuming.whenUp();
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
