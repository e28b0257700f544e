import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Executions } from '../apps/task-runner/testing/executions.ts';
import type { Mesh } from '../tools/mesh.ts';
import { WORK } from '../tools/setup/places.js';
import { run } from '../tools/setup/run.js';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

const CLIENT = path.join(import.meta.dirname, 'foreign-client.py');
const PACKAGES = path.join(WORK, 'python');
const PIKA = 'pika>=1.3,<2';

const hasPython = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
const describeWithPython = hasPython ? describe : describe.skip;

/** Pika in a folder of ours, fetched the first time; nothing on the system changes. */
async function installPika(): Promise<void> {
  if (existsSync(PACKAGES)) return;
  const making = `${PACKAGES}.${process.pid}`;
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', making, PIKA]);
    renameSync(making, PACKAGES);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

describeWithPython(`a client in Python${hasPython ? '' : ' (needs python3 with pip)'}`, () => {
  let ground: MeshGround;
  let mesh: Mesh;
  let executions: Executions;

  beforeAll(async () => {
    await installPika();
    ground = await MeshGround.open();
    mesh = await ground.startMesh({
      instances: { streamer: 0, indexer: 0 },
      env: { 'task-runner': { PLUGINS: 'exec', TARGETS_ALLOWED: '*' } },
    });
    executions = new Executions(mesh.amqpUrl);
    await executions.untilTaskRunners(1);
  }, 120_000);

  afterAll(async () => {
    await executions?.close();
    await ground?.close();
  }, 60_000);

  async function client(what: 'tell' | 'ask', key: string, body: object): Promise<string> {
    const args = [CLIENT, mesh.amqpUrl, what, key, JSON.stringify(body)];
    const env = { ...process.env, PYTHONPATH: PACKAGES };
    const answer = await run('python3', args, { env, timeoutMs: 30_000 });
    return answer.trim();
  }

  it('gets its work done with a routing key and a JSON body, and an answer to what it asks', async () => {
    const executionId = randomUUID();
    await client('tell', 'task.run', {
      executionId,
      plugin: 'exec',
      args: { shell: true, program: 'echo "hello from $SIGNALBOX_HOST"' },
      targets: ['host-1', 'host-2'],
    });
    await expect(executions.ended(executionId)).resolves.toMatchObject({ state: 'succeeded' });
    const [type, ...rest] = (await client('ask', 'execution.get', { executionId })).split(' ');
    expect(type).toBe('execution.get.answered');
    expect(JSON.parse(rest.join(' '))).toMatchObject({
      executionId,
      state: 'succeeded',
      counts: { succeeded: 2 },
    });
  }, 60_000);

  it('is told in its answer what is wrong with its question', async () => {
    const [type, ...rest] = (await client('ask', 'execution.get', { execution: 'x' })).split(' ');
    expect(type).toBe('query.failed');
    expect(JSON.parse(rest.join(' '))).toMatchObject({ code: 'contract-violated' });
  }, 60_000);
});
