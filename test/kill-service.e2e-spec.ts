import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MeshRecord } from '../tools/demo/record.ts';
import { SERVICES, type Mesh } from '../tools/mesh.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';
import { killDuringStream } from './scenarios/kill-during-stream.ts';

const LINES = 4_000;

describe('a service killed with SIGKILL in the middle of a stream', () => {
  const stop = new AbortController();
  let ground: MeshGround;
  let mesh: Mesh;
  let meshRecord: MeshRecord;

  beforeAll(async () => {
    ground = await MeshGround.open();
    mesh = await ground.startMesh({
      env: { streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' } },
    });
    meshRecord = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  }, 60_000);

  afterAll(async () => {
    stop.abort();
    await meshRecord?.close();
    await ground?.close();
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
