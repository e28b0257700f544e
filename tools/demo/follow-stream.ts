import type { Checks } from './checks.ts';
import type { CommandLine } from './command-line.ts';
import { LANDMARK, type DemoInput } from './input.ts';
import { LogSource } from './log-source.ts';
import { plainLoad } from './plain-loader.ts';
import type { MeshRecord } from './record.ts';
import type { Story } from './story.ts';

const PATIENCE_MS = 10_000;

/** What the demo's parts work with. */
export interface Stage {
  readonly commandLine: CommandLine;
  readonly record: MeshRecord;
  readonly searchUrl: string;
  /** Makes the names of this run unlike those of others. */
  readonly run: string;
  readonly checks: Checks;
  readonly story: Story;
  readonly signal: AbortSignal;
}

/** Follows a log stream into the search store, counts what arrived, and measures it beside a plain loader. */
export async function followStream(input: DemoInput, stage: Stage): Promise<void> {
  const { commandLine, record, run, checks, story, signal } = stage;
  const source = new LogSource({ body: input.body });
  const url = await source.start();
  const streamId = `demo-${run}`;
  const index = streamId;
  try {
    const args = ['stream', 'start', streamId, '--from', url, '--index', index];
    const how = ['--resume', 'bytes', '--on-end', 'stop'];
    story.command([...args, ...how]);
    await commandLine.mustSucceed([...args, ...how]);
    const documents = input.documents;
    const found = await record.untilFound(
      { index, streamId, documents },
      {
        patienceMs: PATIENCE_MS,
        signal,
        onProgress: (n) => story.progress(`${n} documents found`),
      },
    );
    const foundAt = performance.now();
    const state = await record.untilEnded(streamId, PATIENCE_MS, signal);
    const { lines, requests, firstByteAt = foundAt } = source.report();
    const seconds = (foundAt - firstByteAt) / 1_000;
    story.line(
      `${found} documents from the first byte to the last hit in ${seconds.toFixed(2)} s, ${requests} request(s)`,
    );
    checks.equal('documents in the index', lines, found);
    checks.equal('the stream, once its source ended', 'stopped', state);
    checks.equal(`hits for "${LANDMARK}"`, input.landmarks, await record.found(index, LANDMARK));
    await compareWithLoader(input, found / seconds, stage);
  } finally {
    await source.stop();
  }
}

async function compareWithLoader(
  input: DemoInput,
  documentsPerSecond: number,
  { searchUrl, story }: Stage,
): Promise<void> {
  story.line(`stream to search: ${Math.round(documentsPerSecond)} documents/s`);
  if (!searchUrl.startsWith('postgres')) {
    return story.line('(the plain loader to compare with exists for PostgreSQL only)');
  }
  const { documentsPerSecond: plain } = await plainLoad(searchUrl, input.body);
  const share = (documentsPerSecond / plain).toFixed(2);
  story.line(
    `plain loader:     ${Math.round(plain)} documents/s; the whole path reaches ${share} of it`,
  );
}
