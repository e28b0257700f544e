import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deferred } from '#supervisor';
import { type FreshDatabase, freshDatabase } from '../../../../../tools/testing/servers.ts';
import { Connections } from './connections.js';

const { signal } = new AbortController();

/** More than there are microtasks between the return of a connection and its next user. */
const LATEST = 12;

describe('Connections', () => {
  let database: FreshDatabase;
  let connections: Connections;
  beforeAll(async () => {
    database = await freshDatabase();
    connections = new Connections({
      url: database.databaseUrl,
      max: 1,
      statementTimeoutMs: 10_000,
    });
  });
  afterAll(async () => {
    await connections.close();
    await database.drop();
  });

  it('lose no connection, whenever the abort of a wait comes', async () => {
    for (let microtasks = 0; microtasks <= LATEST; microtasks += 1) {
      const held = new Deferred();
      const lent = new Deferred();
      const abort = new AbortController();
      const first = connections.with(signal, () => {
        lent.resolve();
        return held.promise;
      });
      await lent.promise;
      const second = connections.with(abort.signal, async () => 'used').catch(() => 'given up');
      held.resolve();
      for (let done = 0; done < microtasks; done += 1) await Promise.resolve();
      abort.abort(new Error('no longer wanted'));
      await first;
      expect(['used', 'given up']).toContain(await second);
    }
    const last = connections.with(signal, async () => 'lent');
    expect(await last).toBe('lent');
  });
});
