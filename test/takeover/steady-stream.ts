import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { StartStream } from '#contracts';
import { Streams } from '../../apps/streamer/testing/streams.ts';
import { LogSource } from '../../tools/demo/log-source.ts';
import { eventually } from '../../tools/testing/eventually.ts';
import type { CuttableMesh } from './cuttable-mesh.ts';

/** A stream that is followed while something happens to its owner. */
export class SteadyStream {
  readonly streamId = `steady-${randomUUID().slice(0, 8)}`;
  private readonly mesh: CuttableMesh;
  private readonly streams: Streams;
  private readonly source: LogSource;
  private readonly lines: number;

  private constructor(mesh: CuttableMesh, streams: Streams, source: LogSource, lines: number) {
    this.mesh = mesh;
    this.streams = streams;
    this.source = source;
    this.lines = lines;
  }

  /** Starts one whose source says so many lines in about so many seconds; resolves once some are stored. */
  static async follow(mesh: CuttableMesh, lines: number, seconds: number): Promise<SteadyStream> {
    const all = Array.from({ length: lines }, (_, n) => JSON.stringify({ line: n + 1 }));
    const body = Buffer.from(`${all.join('\n')}\n`);
    const source = new LogSource({ body, linesPerSecond: lines / seconds });
    const url = await source.start();
    const streams = await Streams.open(mesh.mesh.amqpUrl, mesh.mesh.searchUrl);
    const one = new SteadyStream(mesh, streams, source, lines);
    const { streamId } = one;
    const format = { format: 'ndjson', resume: { by: 'bytes' }, onEnd: 'stop' };
    await mesh.publish(StartStream, { streamId, url, index: streamId, ...format });
    await streams.untilStored(streamId, Math.floor(lines / 20));
    return one;
  }

  /** The instance that follows it. */
  async owner(): Promise<string> {
    const owned = async () => (await this.streams.get(this.streamId)).owner;
    return eventually(`${this.streamId} has an owner`, owned);
  }

  /** Waits for its end; resolves with how often the source was asked, and what is stored, asked of the store itself. */
  async ended(): Promise<{ requests: number; documents: number; distinctLines: number }> {
    const { streamId } = this;
    await eventually(
      `${streamId} has stopped`,
      async () => (await this.streams.get(streamId)).state === 'stopped',
      60_000,
    );
    await this.streams.untilStored(streamId, this.lines).catch(() => undefined);
    return { requests: this.source.report().requests, ...(await this.stored()) };
  }

  async close(): Promise<void> {
    await this.source.stop();
    await this.streams.close();
  }

  private async stored(): Promise<{ documents: number; distinctLines: number }> {
    const client = new pg.Client({ connectionString: this.mesh.mesh.searchUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ documents: number; lines: number }>(
        `select count(*)::int as documents, count(distinct document->>'line')::int as lines
         from indexer.documents where index = $1`,
        [this.streamId],
      );
      return { documents: rows[0]?.documents ?? 0, distinctLines: rows[0]?.lines ?? 0 };
    } finally {
      await client.end();
    }
  }
}
