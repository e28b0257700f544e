import { eventually } from '../../../tools/testing/eventually.ts';
import type { Fault } from './fault.ts';
import type { Stage } from './stage.ts';

type Connection = 'publish' | 'consume';

/** Messages come and go while `harm` is done, three times at moments drawn from the seed. */
async function whileRunning(stage: Stage, harm: () => void): Promise<void> {
  await stage.consume();
  const published = stage.publish();
  for (const share of [0.2, 0.5, 0.8]) {
    await stage.atAbout(share);
    // It may be on its way back still.
    await eventually('it is there', () => {
      harm();
      return true;
    });
  }
  await published;
  await stage.allSettled();
}

const CUT = (connection: Connection): Fault => ({
  name: `the ${connection} connection is cut`,
  run: async (stage) => {
    let cuts = 0;
    await whileRunning(stage, () => {
      // A connection that is being made has not come back yet: to cut it is to cut none.
      if (stage.counted.reconnected < cuts) throw new Error('the last one has not come back');
      stage.proxy.cut(connection);
      cuts += 1;
    });
    await eventually('each comes back', () => stage.counted.reconnected === 3);
    return [];
  },
});

/** Three intervals of the usual heartbeat, and a moment to connect again. */
const BACK_WITHIN_SECONDS = 16;

const HALF_OPEN = (connection: Connection): Fault => ({
  name: `the ${connection} connection is half-open`,
  run: async (stage) => {
    await stage.consume();
    const published = stage.publish();
    await stage.atAbout(0.4);
    stage.proxy.silence(connection);
    const silentSince = performance.now();
    await eventually('it comes back', () => stage.counted.reconnected === 1, 60_000);
    const seconds = (performance.now() - silentSince) / 1_000;
    await published;
    await stage.allSettled();
    return seconds <= BACK_WITHIN_SECONDS
      ? []
      : [`it came back after ${seconds.toFixed(1)} s only`];
  },
});

/** A delivery on its way while the broker closes the channel costs the connection too: amqplib takes it for an error of the connection. */
const CHANNEL_CLOSED = (connection: Connection): Fault => ({
  name: `the broker closes the channel of the ${connection} connection`,
  run: async (stage) => {
    await whileRunning(stage, () => stage.proxy.breakChannel(connection));
    return [];
  },
});

/** What the network and the broker do to connections and channels. */
export const NETWORK_FAULTS: readonly Fault[] = [
  CUT('publish'),
  CUT('consume'),
  CHANNEL_CLOSED('publish'),
  CHANNEL_CLOSED('consume'),
  HALF_OPEN('publish'),
  HALF_OPEN('consume'),
];
