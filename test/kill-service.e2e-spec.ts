import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MeshRecord } from '../tools/demo/record.ts';
import { SERVICES, startMesh, type Mesh } from '../tools/mesh.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import {
  freshBroker,
  freshDatabase,
  type FreshBroker,
  type FreshDatabase,
} from '../tools/testing/servers.ts';
import { killDuringStream } from './scenarios/kill-during-stream.ts';

const LINES = 4_000;

describe('a service killed with SIGKILL in the middle of a stream', () => {
  const stop = new AbortController();
  let servers: PrivateServers;
  let vhost: FreshBroker;
  let record: FreshDatabase;
  let search: FreshDatabase;
  let mesh: Mesh;
  let meshRecord: MeshRecord;

  beforeAll(async () => {
    [servers, vhost, record, search] = await Promise.all([
      PrivateServers.open(),
      freshBroker(),
      freshDatabase(),
      freshDatabase(),
    ]);
    mesh = await startMesh({
      keeper: servers.keeper,
      dir: path.join(servers.dir, 'mesh'),
      given: {
        AMQP_URL: vhost.amqpUrl,
        DATABASE_URL: record.databaseUrl,
        SEARCH_URL: search.databaseUrl,
      },
      env: { streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' } },
    });
    meshRecord = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  }, 60_000);

  afterAll(async () => {
    stop.abort();
    await meshRecord?.close();
    await mesh?.stop();
    await servers?.close();
    await Promise.all([vhost?.drop(), record?.drop(), search?.drop()]);
  }, 60_000);

  it.each(SERVICES)(
    'loses and doubles no document when it is the %s',
    async (service) => {
      const stored = await killDuringStream({
        mesh,
        record: meshRecord,
        service,
        lines: LINES,
        killAfter: LINES / 10,
        signal: stop.signal,
      });
      expect(stored).toEqual({ documents: LINES, distinctLines: LINES });
    },
    120_000,
  );
});
