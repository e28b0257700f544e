import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Executions } from '../apps/task-runner/testing/executions.ts';
import { processesOf } from '../apps/task-runner/testing/local-processes.ts';
import { TargetFleet } from '../tools/demo/target-fleet.ts';
import type { Mesh } from '../tools/mesh.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

/** Runs for ever at its first attempt, together with a child that has left for a session of its own. */
const ENDLESS_AT_FIRST = {
  shell: true,
  program: '[ "$SIGNALBOX_ATTEMPT" -gt 1 ] && exit 0; setsid sleep 600 & sleep 600',
};

let ground: MeshGround;
let mesh: Mesh;
let executions: Executions;

beforeAll(async () => {
  ground = await MeshGround.open();
  mesh = await ground.startMesh({
    instances: { 'task-runner': 2, streamer: 0 },
    env: {
      'task-runner': {
        PLUGINS: 'http,exec',
        TARGETS_ALLOWED: '*,127.0.0.0/8',
        TARGET_GRACE_MS: '500',
      },
    },
  });
  executions = new Executions(mesh.amqpUrl);
}, 60_000);

beforeEach(() => executions.untilTaskRunners(2), 40_000);

afterAll(async () => {
  await executions?.close();
  await ground?.close();
}, 60_000);

/** A chunk gets the share of one of the two task-runners. */
const atOnce = (targets: number) => ({ concurrency: 2 * targets });

const hosts = (count: number) => Array.from({ length: count }, (_, i) => `host-${i + 1}`);

/** Which task-runner of the mesh holds the execution, once one does. */
function ownerOf(executionId: string): Promise<number> {
  return eventually('the execution has an owner', async () => {
    const [first] = await executions.targets(executionId);
    const runners = mesh.services.filter(({ name }) => name === 'task-runner');
    const index = runners.findIndex(({ processId }) => first?.owner?.startsWith(processId));
    return index >= 0 && { index };
  }).then(({ index }) => index);
}

describe('an execution over http', () => {
  it('records what each target did: answered, failed, or hung past its timeout', async () => {
    const fleet = new TargetFleet(120, (n) => {
      if (n % 40 === 0) return 'hangs';
      return n % 10 === 0 ? 'fails' : 'answers';
    });
    const port = await fleet.start();
    try {
      const executionId = await executions.run({
        plugin: 'http',
        args: { url: `http://{target}:${port}/health`, expectBodyContains: 'well' },
        targets: fleet.targets,
        policy: { timeoutMs: 1_500, concurrency: 40 },
      });
      const { state, counts } = await executions.ended(executionId);
      expect(state).toBe('failed');
      expect(counts).toMatchObject({ succeeded: 108, failed: 9, timedOut: 3 });
      const targets = await executions.targets(executionId);
      const seen = [...fleet.report('/health')];
      const recordedAs = { answers: 'succeeded', fails: 'failed', hangs: 'timed-out' };
      expect(new Map(targets.map(({ target, state: recorded }) => [target, recorded]))).toEqual(
        new Map(seen.map(([target, did]) => [target, recordedAs[did]])),
      );
      expect(targets[0]).toMatchObject({
        attempt: 1,
        httpStatus: 200,
        output: { tail: expect.stringContaining('well'), truncated: false },
      });
      expect(targets[9]).toMatchObject({ code: 'unexpected-response', httpStatus: 503 });
    } finally {
      await fleet.stop();
    }
  }, 60_000);
});

describe('an execution over exec', () => {
  it('tries again what fails, and ends with what each program did', async () => {
    const executionId = await executions.run({
      plugin: 'exec',
      args: {
        shell: true,
        program:
          'echo "$SIGNALBOX_HOST, attempt $SIGNALBOX_ATTEMPT"; [ $SIGNALBOX_HOST = host-3 ] || [ $SIGNALBOX_ATTEMPT -gt 1 ]',
      },
      targets: hosts(4),
      policy: { retries: { limit: 2, backoffMs: 10 } },
    });
    await expect(executions.ended(executionId)).resolves.toMatchObject({ state: 'succeeded' });
    const targets = await executions.targets(executionId);
    expect(targets.map(({ attempt }) => attempt)).toEqual([2, 2, 1, 2]);
    expect(targets[0]).toMatchObject({
      exitCode: 0,
      termination: 'proven',
      output: { tail: 'host-1, attempt 2\n', bytes: 18, truncated: false },
    });
  }, 30_000);

  it('shows what its programs print, live and line by line in an index', async () => {
    const pieces = await executions.liveOutput();
    const executionId = await executions.run({
      plugin: 'exec',
      args: { shell: true, program: 'echo "hello from $SIGNALBOX_HOST"; printf "no end €" >&2' },
      targets: hosts(3),
      output: { index: 'printed' },
    });
    await executions.ended(executionId);
    const documents = await eventually('all lines are found', async () => {
      const found = await executions.documents('printed');
      return found.length === 6 && found;
    });
    expect(documents).toContainEqual({
      '@timestamp': expect.any(String),
      message: 'hello from host-2',
      executionId,
      plugin: 'exec',
      target: 'host-2',
      attempt: 1,
      channel: 'stdout',
      ordinal: expect.any(Number),
    });
    expect(documents).toContainEqual(
      expect.objectContaining({ message: 'no end €', channel: 'stderr' }),
    );
    await eventually('watchers have seen all of it', () => pieces.length === 6);
    expect(pieces).toContainEqual(
      expect.objectContaining({
        target: 'host-3',
        channel: 'stdout',
        offset: 0,
        data: 'hello from host-3\n',
      }),
    );
  }, 30_000);

  it.each([
    ['there is no such plugin', 'ssh-by-pigeon', {}, 'unknown-plugin'],
    ['its arguments do not fit', 'exec', { programme: 'true' }, 'invalid-args'],
  ])(
    'is refused when %s',
    async (_why, plugin, args, code) => {
      const executionId = await executions.run({ plugin, args, targets: hosts(2) });
      const { state } = await executions.ended(executionId);
      expect(['rejected', 'failed']).toContain(state);
      const codes = (await executions.targets(executionId)).map((target) => target.code);
      expect(new Set(codes)).toEqual(new Set(state === 'failed' ? [code] : []));
    },
    30_000,
  );

  it('leaves no process behind when it is cancelled in the middle', async () => {
    const executionId = await executions.run({
      plugin: 'exec',
      args: {
        shell: true,
        program: `trap '' TERM; setsid sleep 600 & echo on; sleep 600; sleep 600`,
      },
      targets: hosts(30),
      policy: atOnce(10),
    });
    await eventually('ten targets run', async () => {
      const running = new Set((await processesOf(executionId)).map(({ target }) => target));
      return running.size === 10;
    });
    await executions.cancel(executionId);
    await expect(executions.ended(executionId)).resolves.toMatchObject({ state: 'cancelled' });
    expect(await processesOf(executionId)).toEqual([]);
    const targets = await executions.targets(executionId);
    expect(new Set(targets.map(({ state }) => state))).toEqual(new Set(['cancelled']));
    const ran = targets.filter(({ attempt }) => attempt > 0);
    expect(ran).toHaveLength(10);
    expect(new Set(ran.map(({ termination }) => termination))).toEqual(new Set(['proven']));
  }, 60_000);
});

describe('a task-runner killed with SIGKILL', () => {
  it('leaves no process behind, and another runs again what it ran', async () => {
    const executionId = await executions.run({
      plugin: 'exec',
      args: ENDLESS_AT_FIRST,
      targets: hosts(20),
      policy: { ...atOnce(20), onLost: 'retry' },
    });
    await eventually('all targets run', async () => {
      const running = await processesOf(executionId);
      return running.length === 60; // a shell, a child, and one that left
    });
    await mesh.kill('task-runner', await ownerOf(executionId));
    await eventually('nothing of it is left', async () => {
      const left = await processesOf(executionId);
      return left.every(({ attempt }) => attempt > 1);
    });
    await expect(executions.ended(executionId)).resolves.toMatchObject({ state: 'succeeded' });
    const targets = await executions.targets(executionId);
    expect(new Set(targets.map(({ attempt }) => attempt))).toEqual(new Set([2]));
    expect(await processesOf(executionId)).toEqual([]);
  }, 60_000);

  it('makes targets `lost` that must not run twice', async () => {
    const executionId = await executions.run({
      plugin: 'exec',
      args: ENDLESS_AT_FIRST,
      targets: hosts(5),
      policy: { ...atOnce(3), onLost: 'fail' },
    });
    await eventually(
      'three targets run',
      async () => (await processesOf(executionId)).length === 9,
    );
    await mesh.kill('task-runner', await ownerOf(executionId));
    // What had not started runs elsewhere, for ever: it is its first attempt.
    await eventually(
      'three targets are lost',
      async () => {
        const targets = await executions.targets(executionId);
        return (
          targets.filter(({ state, code }) => state === 'lost' && code === 'owner-lost').length ===
          3
        );
      },
      30_000,
    );
    await executions.cancel(executionId);
    await executions.ended(executionId);
    expect(await processesOf(executionId)).toEqual([]);
  }, 60_000);
});

describe('a task-runner that is told to stop', () => {
  it('gives back what it interrupts, to run elsewhere, even what must not run twice', async () => {
    const executionId = await executions.run({
      plugin: 'exec',
      args: ENDLESS_AT_FIRST,
      targets: hosts(6),
      policy: { ...atOnce(6), onLost: 'fail' },
    });
    await eventually('all targets run', async () => (await processesOf(executionId)).length === 18);
    const runners = mesh.services.filter(({ name }) => name === 'task-runner');
    const owner = runners[await ownerOf(executionId)];
    process.kill(owner?.pid ?? NaN, 'SIGTERM');
    await expect(executions.ended(executionId)).resolves.toMatchObject({ state: 'succeeded' });
    const targets = await executions.targets(executionId);
    expect(new Set(targets.map(({ attempt }) => attempt))).toEqual(new Set([2]));
    expect(await processesOf(executionId)).toEqual([]);
  }, 60_000);
});
