/** Kills each service, again and again, at a moment drawn from the seed, while a stream is followed: no document is lost or doubled. */
import path from 'node:path';
import { MeshRecord } from '../../tools/demo/record.ts';
import { SERVICES, startMesh } from '../../tools/mesh.ts';
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';
import { killDuringStream } from '../scenarios/kill-during-stream.ts';

const ROUNDS = 20;
const LINES = 4_000;

export async function soak({ keeper, dir, random, log, signal }: SoakRun): Promise<SoakResult> {
  const mesh = await startMesh({
    keeper,
    dir: path.join(dir, 'mesh'),
    given: {},
    env: { streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' } },
    signal,
  });
  const record = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  const violations: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const service of SERVICES) {
      const killAfter = 1 + Math.floor(random() * LINES * 0.9);
      const scenario = { mesh, record, service, lines: LINES, killAfter, signal };
      const { documents, distinctLines } = await killDuringStream(scenario);
      log(`round ${round}: ${service} killed after ${killAfter} documents, ${documents} stored`);
      if (documents !== LINES || distinctLines !== LINES) {
        violations.push(
          `round ${round}, ${service} killed after ${killAfter}: ${documents} documents stored, ` +
            `${distinctLines} of ${LINES} lines among them`,
        );
      }
    }
  }
  await record.close();
  await mesh.stop();
  const kills = ROUNDS * SERVICES.length;
  return { violations, facts: { kills, documents: kills * LINES } };
}
