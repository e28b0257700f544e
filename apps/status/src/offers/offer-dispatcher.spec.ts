import { describe, expect, it } from '@jest/globals';
import { WorkOffered, type Contract } from '#contracts';
import { UnroutableError, composeMessage } from '#broker';
import { ManualClock } from '#supervisor';
import { silentLog } from '#runtime';
import type { DueOffer } from './due-offers.js';
import { OfferDispatcher } from './offer-dispatcher.js';

const CHUNK: WorkOffered = { key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1', epoch: 1 };
const STREAM: WorkOffered = { key: 'stream/edge-access', epoch: 2 };

/** Plays the record and the broker. */
class Surroundings {
  due: WorkOffered[] = [];
  readonly published: WorkOffered[] = [];
  readonly offered: WorkOffered[] = [];
  unroutable = new Set<string>();
  failure: Error | undefined;
  readonly clock = new ManualClock();

  readonly dueOffers = {
    take: () => {
      if (this.failure) return Promise.reject(this.failure);
      const due = this.due.splice(0);
      return Promise.resolve(
        due.map(({ key, epoch }): DueOffer => ({ key, epoch, traceparent: null })),
      );
    },
    offered: (offers: readonly WorkOffered[]) => {
      this.offered.push(...offers.map(({ key, epoch }) => ({ key, epoch })));
      return Promise.resolve();
    },
  };

  readonly publisher = {
    publish: <T extends object>(contract: Contract<T>, body: T) => {
      const offer = body as unknown as WorkOffered;
      if (this.unroutable.has(offer.key)) {
        return Promise.reject(
          new UnroutableError(composeMessage(contract, body, { appId: 'status' })),
        );
      }
      this.published.push(offer);
      return Promise.resolve();
    },
  };
}

async function dispatching(
  surroundings: Surroundings,
  during: (dispatcher: OfferDispatcher) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const { dueOffers, publisher, clock } = surroundings;
  const dispatcher = new OfferDispatcher(dueOffers, publisher, silentLog, clock);
  const ended = dispatcher.run(stop.signal).catch((error: unknown) => error);
  try {
    await during(dispatcher);
  } finally {
    const reason = new Error('stop');
    stop.abort(reason);
    expect(await ended).toBe(reason);
  }
}

describe('S3: the dispatcher', () => {
  it('offers what is due when it starts and whenever it is woken, and says so afterwards', async () => {
    const surroundings = new Surroundings();
    surroundings.due = [CHUNK];
    await dispatching(surroundings, async (dispatcher) => {
      await surroundings.clock.advanceAsync(0);
      expect(surroundings.offered).toEqual([CHUNK]);
      surroundings.due = [STREAM];
      dispatcher.wake();
      await surroundings.clock.advanceAsync(0);
    });
    expect(surroundings.published).toEqual([CHUNK, STREAM]);
    expect(surroundings.offered).toEqual([CHUNK, STREAM]);
  });

  it('looks by itself, too: another status may have made something due', async () => {
    const surroundings = new Surroundings();
    surroundings.due = [CHUNK];
    await dispatching(surroundings, async () => {
      await surroundings.clock.advanceAsync(0);
      surroundings.due = [STREAM];
      await surroundings.clock.advanceAsync(999);
      expect(surroundings.offered).toEqual([CHUNK]);
      await surroundings.clock.advanceAsync(1);
    });
    expect(surroundings.offered).toEqual([CHUNK, STREAM]);
  });

  it('leaves an offer that finds no queue due, says why, and offers the others', async () => {
    const surroundings = new Surroundings();
    surroundings.unroutable.add(STREAM.key);
    surroundings.due = [STREAM, CHUNK];
    await dispatching(surroundings, async (dispatcher) => {
      await surroundings.clock.advanceAsync(0);
      expect(surroundings.offered).toEqual([CHUNK]);
      expect(dispatcher.trouble()).toContain('work.offered');
      surroundings.unroutable.clear();
      surroundings.due = [STREAM];
      dispatcher.wake();
      await surroundings.clock.advanceAsync(0);
      expect(dispatcher.trouble()).toBeUndefined();
    });
  });

  it('goes on when the record could not be read', async () => {
    const surroundings = new Surroundings();
    surroundings.failure = new Error('no database');
    surroundings.due = [CHUNK];
    await dispatching(surroundings, async (dispatcher) => {
      await surroundings.clock.advanceAsync(0);
      expect(dispatcher.trouble()).toBe('no database');
      surroundings.failure = undefined;
      await surroundings.clock.advanceAsync(1_000);
      expect(surroundings.offered).toEqual([CHUNK]);
      await surroundings.clock.advanceAsync(10_000);
      expect(dispatcher.trouble()).toBeUndefined();
    });
    expect(surroundings.offered).toEqual([CHUNK]);
  });
});
