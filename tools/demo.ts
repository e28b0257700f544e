/**
 * `npm run demo`: starts the mesh, follows a log stream into the search store, probes a fleet of 200 loopback targets, cancels an
 * execution in the middle, and compares what the services recorded with what the demo's own servers saw. With `--once` it stops
 * everything and exits 0 only if every count is right; without, the mesh stays up.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Checks } from './demo/checks.ts';
import { CommandLine } from './demo/command-line.ts';
import { followStream, type Stage } from './demo/follow-stream.ts';
import { readInput } from './demo/input.ts';
import { MeshRecord } from './demo/record.ts';
import { cancelInTheMiddle, probeFleet, startFleet } from './demo/run-tasks.ts';
import { Story } from './demo/story.ts';
import { launch, type Launch } from './launcher.ts';
import { startMesh, type Mesh } from './mesh.ts';
import { welcome } from './mesh/report.ts';

const DOCUMENTS = 20_000;
const OWN_LOGS = fileURLToPath(new URL('./demo/mesh.ndjson', import.meta.url));

/** Loopback is named explicitly: by default the services refuse to touch it. */
const ENVIRONMENT = {
  'task-runner': { PLUGINS: 'http,exec', TARGETS_ALLOWED: '127.0.0.0/8' },
  streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' },
};

async function demo({ keeper, signal }: Launch): Promise<number> {
  const story = new Story();
  const input = readInput(options.input, DOCUMENTS);
  story.heading('Starting RabbitMQ, PostgreSQL and the four services');
  const mesh = await startMesh({
    keeper,
    signal,
    dir: options.dir,
    env: ENVIRONMENT,
    onEvent: (event) => {
      if (event.kind === 'servers-up') story.line(`servers up after ${story.seconds.toFixed(1)} s`);
      if (event.kind === 'ready') story.line(`services ready ${event.tookMs / 1_000} s later`);
      if (event.kind === 'died') story.line(`${event.name} died; starting it again`);
    },
  });
  const { fleet, port } = await startFleet();
  try {
    const checks = new Checks();
    await play(mesh, { checks, story, signal }, async (stage) => {
      story.heading(
        `Following a live log: ${input.documents} lines of NDJSON over HTTP into the index`,
      );
      await followStream(input, stage);
      story.heading('Probing 200 targets, of which 7 fail and 5 hang past their timeout');
      await probeFleet(fleet, port, stage);
      story.heading('Cancelling an execution in the middle');
      await cancelInTheMiddle(fleet, port, stage);
    });
    summarise(checks, story);
    if (options.once) await mesh.stop();
    else await stayUp(mesh, port, signal);
    return checks.wrong === 0 ? 0 : 1;
  } finally {
    await fleet.stop();
  }
}

async function play(
  mesh: Mesh,
  told: Pick<Stage, 'checks' | 'story' | 'signal'>,
  acts: (stage: Stage) => Promise<void>,
): Promise<void> {
  const record = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  try {
    await acts({
      ...told,
      record,
      commandLine: new CommandLine(mesh.amqpUrl),
      searchUrl: mesh.searchUrl,
      run: Date.now().toString(36),
    });
  } finally {
    await record.close();
  }
}

function summarise(checks: Checks, story: Story): void {
  story.heading('What the services recorded, beside what the demo’s own servers saw');
  checks.lines().forEach((line) => console.log(line));
  const verdict = checks.wrong === 0 ? 'every count is right' : `${checks.wrong} counts are WRONG`;
  console.log(`\n${verdict}, ${story.seconds.toFixed(1)} s in all`);
}

async function stayUp(mesh: Mesh, port: number, signal: AbortSignal): Promise<void> {
  console.log(`\n${welcome(mesh)}`);
  console.log(`The targets 127.0.0.1 to 127.0.0.200 answer on port ${port} (/health, /slow).`);
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  console.log('\nstopping …');
  await mesh.stop();
}

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    // Where the mesh keeps its state; another folder allows a second mesh on the machine.
    dir: { type: 'string' },
    input: { type: 'string', default: OWN_LOGS },
  },
});

await launch(demo);
