/**
 * The whole line, from the first byte of an HTTP stream to the last document that a search can find (source → streamer → RabbitMQ → indexer
 * → PostgreSQL), beside a loop that inserts the same documents the same way with nothing between.
 */
import { fileURLToPath } from 'node:url';
import { StartStream, checkMessage } from '#contracts';
import type { BenchRun, Measurement, Ratio, Subject } from '../tools/bench/definition.ts';
import { readInput, type DemoInput } from '../tools/demo/input.ts';
import { LogSource } from '../tools/demo/log-source.ts';
import { plainLoad } from '../tools/demo/plain-loader.ts';
import { MeshRecord } from '../tools/demo/record.ts';
import type { Mesh } from '../tools/mesh.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

const LOGS = fileURLToPath(new URL('../tools/demo/mesh.ndjson', import.meta.url));
const STREAM = 'line';
const PATIENCE_MS = 30_000;

export const subjects: Readonly<Record<string, Subject>> = {
  signalbox: (run) => withMesh((mesh) => throughTheLine(mesh, inputOf(run), run)),
  loader: (run) => withMesh((mesh) => plainly(mesh, inputOf(run))),
};

export const ratios: Readonly<Record<string, Ratio>> = {
  lineVsLoader: { of: 'signalbox', to: 'loader', goal: { atLeast: 0.6 } },
};

function inputOf({ brief }: BenchRun): DemoInput {
  return readInput(LOGS, brief ? 2_000 : 50_000);
}

/** Both subjects run beside an idle mesh with an empty store of its own: it has the table, and the same use of the machine. */
async function withMesh(measure: (mesh: Mesh) => Promise<Measurement>): Promise<Measurement> {
  const ground = await MeshGround.open();
  try {
    const mesh = await ground.startMesh({
      env: { streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' } },
    });
    return await measure(mesh);
  } finally {
    await ground.close();
  }
}

async function throughTheLine(
  mesh: Mesh,
  { body, documents }: DemoInput,
  { signal }: BenchRun,
): Promise<Measurement> {
  const source = new LogSource({ body });
  const record = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  try {
    const url = await source.start();
    await record.give(
      StartStream,
      checkMessage(StartStream, {
        streamId: STREAM,
        url,
        format: 'ndjson',
        index: STREAM,
        resume: { by: 'bytes' },
        onEnd: 'stop',
      }),
    );
    const received = await record.untilFound(
      { index: STREAM, streamId: STREAM, documents },
      { signal, patienceMs: PATIENCE_MS, onProgress: () => undefined },
    );
    const endedAt = performance.now();
    const { firstByteAt = endedAt } = source.report();
    const value = received / ((endedAt - firstByteAt) / 1_000);
    return { value, unit: 'documents/s', sent: documents, received };
  } finally {
    await record.close();
    await source.stop();
  }
}

async function plainly(mesh: Mesh, { body, documents }: DemoInput): Promise<Measurement> {
  const { documentsPerSecond, loaded } = await plainLoad(mesh.searchUrl, body);
  return { value: documentsPerSecond, unit: 'documents/s', sent: documents, received: loaded };
}
