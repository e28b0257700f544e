import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { StartStream, checkMessage } from '#contracts';
import { LogSource } from '../../tools/demo/log-source.ts';
import type { MeshRecord } from '../../tools/demo/record.ts';
import type { Mesh, ServiceName } from '../../tools/mesh.ts';

export interface KillDuringStream {
  readonly mesh: Mesh;
  readonly record: MeshRecord;
  /** Who is killed with SIGKILL. */
  readonly service: ServiceName;
  /** Lines of the source. */
  readonly lines: number;
  /** The kill comes once so many documents are found. */
  readonly killAfter: number;
  readonly signal: AbortSignal;
}

/** What is in the store afterwards, asked of the store itself. */
export interface Stored {
  readonly documents: number;
  /** How many of the source's lines are there at least once. */
  readonly distinctLines: number;
}

const LINES_PER_SECOND = 2_000;
const PATIENCE_MS = 60_000;

/** Follows a source that can be read from any offset, kills a service in the middle, waits for the end, and counts in the store. */
export async function killDuringStream(scenario: KillDuringStream): Promise<Stored> {
  const { mesh, record, service, lines, killAfter, signal } = scenario;
  const source = new LogSource({ body: bodyOf(lines), linesPerSecond: LINES_PER_SECOND });
  const url = await source.start();
  const streamId = `kill-${service}-${randomUUID().slice(0, 8)}`;
  const index = streamId;
  try {
    const start = checkMessage(StartStream, {
      streamId,
      url,
      format: 'ndjson',
      index,
      resume: { by: 'bytes' },
      onEnd: 'stop',
    });
    await record.give(StartStream, start);
    const progress = { signal, patienceMs: PATIENCE_MS, onProgress: () => undefined };
    await record.untilFound({ index, streamId, documents: killAfter }, progress);
    await mesh.kill(service);
    await record.untilFound({ index, streamId, documents: lines }, progress);
    await record.untilEnded(streamId, PATIENCE_MS, signal);
    return await stored(mesh.searchUrl, index);
  } finally {
    await source.stop();
  }
}

function bodyOf(lines: number): Buffer {
  const all = Array.from({ length: lines }, (_, index) =>
    JSON.stringify({ line: index + 1, message: `line ${index + 1} of ${lines}` }),
  );
  return Buffer.from(`${all.join('\n')}\n`);
}

async function stored(searchUrl: string, index: string): Promise<Stored> {
  const client = new pg.Client({ connectionString: searchUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ documents: number; lines: number }>(
      `select count(*)::int as documents, count(distinct document->>'line')::int as lines
         from indexer.documents where index = $1`,
      [index],
    );
    return { documents: rows[0]?.documents ?? 0, distinctLines: rows[0]?.lines ?? 0 };
  } finally {
    await client.end();
  }
}
