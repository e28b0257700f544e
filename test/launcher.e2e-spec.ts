import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { hasEnded, isRunning, marked } from '../tools/keeper/process-identity.ts';
import type { ProcessIdentity } from '../tools/keeper/protocol.ts';
import { readState, stateFiles, type KeeperState } from '../tools/keeper/state-file.ts';
import type { MeshFile, ServiceEntry } from '../tools/mesh/mesh-file.ts';
import { ROOT, WORK } from '../tools/setup/places.js';
import { eventually } from '../tools/testing/eventually.ts';

const UP_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 60_000;

jest.setTimeout(UP_WITHIN_MS + ENDS_WITHIN_MS);

/** Data, logs and `mesh.json` of these tests' mesh. */
const dir = path.join(WORK, 'test', randomUUID());

let launcher: ChildProcess;
let said = '';

/** What `npm start` runs, with servers of its own. */
function start(): ChildProcess {
  const env = { ...process.env };
  for (const given of ['AMQP_URL', 'DATABASE_URL', 'SEARCH_URL']) delete env[given];
  const child = spawn(process.execPath, ['tools/start.ts', '--dir', dir], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  return child;
}

function meshFile(): MeshFile | undefined {
  try {
    return JSON.parse(readFileSync(path.join(dir, 'mesh.json'), 'utf8')) as MeshFile;
  } catch {
    return undefined;
  }
}

/** Waits until the mesh says that all its services are ready. */
async function up(): Promise<MeshFile> {
  const isUp = () => {
    const mesh = meshFile();
    if (launcher.exitCode !== null) throw new Error(`the launcher ended:\n${said}`);
    return mesh?.services.length === 4 && mesh;
  };
  return eventually('a mesh of four services', isUp, UP_WITHIN_MS);
}

/** What the keeper of the launcher under test has written down. */
function keeperState(): KeeperState | undefined {
  const keeper = meshFile()?.keeper;
  return stateFiles(path.join(WORK, 'run'))
    .map(readState)
    .find((state) => state?.keeper.pid === keeper?.pid);
}

/** The keeper and everything it started: those it knows, and those that carry its mark. */
function family(): ProcessIdentity[] {
  const state = keeperState()!;
  return [state.keeper, ...state.processes, ...marked(state.id)];
}

async function expectAllEnded(processes: readonly ProcessIdentity[]): Promise<void> {
  await Promise.all(processes.map((one) => hasEnded(one, ENDS_WITHIN_MS)));
  expect(processes.filter(isRunning)).toEqual([]);
  expect(meshFile()).toBeUndefined();
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

beforeAll(() => {
  mkdirSync(dir, { recursive: true });
});

afterEach(async () => {
  launcher.kill('SIGKILL');
  await exitOf(launcher);
  const keeper = meshFile()?.keeper;
  if (keeper !== undefined) await hasEnded(keeper, ENDS_WITHIN_MS);
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('npm start', () => {
  it('brings a killed service back, refuses a second mesh, and ends in order on Ctrl-C', async () => {
    launcher = start();
    const before = await up();
    const of = (mesh: MeshFile, name: string): ServiceEntry =>
      mesh.services.find((service) => service.name === name)!;
    const killed = of(before, 'streamer');
    process.kill(killed.pid, 'SIGKILL');
    const after = await eventually(
      'another streamer',
      () => {
        const mesh = meshFile();
        return mesh && of(mesh, 'streamer').pid !== killed.pid && mesh;
      },
      UP_WITHIN_MS,
    );
    const back = of(after, 'streamer');
    expect(back.processId).not.toBe(killed.processId);
    expect(back.adminUrl).toBe(killed.adminUrl);
    expect(of(after, 'status')).toEqual(of(before, 'status'));

    const first = launcher;
    const second = start();
    expect(await exitOf(second)).toBe(1);
    expect(said).toContain(`started by process ${first.pid}`);
    expect(said).toContain(back.adminUrl);

    const all = family();
    expect(all.length).toBeGreaterThanOrEqual(8);
    first.kill('SIGINT');
    expect(await exitOf(first)).toBe(0);
    await expectAllEnded(all);
  });

  it('starts again on the same data, and leaves nothing behind when it is killed', async () => {
    launcher = start();
    await up();
    const state = keeperState()!;
    expect(state.processes.map(({ name }) => name).toSorted()).toEqual(
      ['epmd', 'indexer', 'postgres', 'rabbitmq', 'status', 'streamer', 'task-runner'].toSorted(),
    );
    const all = family();
    launcher.kill('SIGKILL');
    await expectAllEnded(all);
  });

  it.each(['epmd', 'postgres', 'rabbitmq', 'status'])(
    'leaves nothing behind when it is killed as soon as %s runs',
    async (name) => {
      launcher = start();
      await eventually(
        `${name} among what runs`,
        () => keeperState()?.processes.some((one) => one.name === name),
        UP_WITHIN_MS,
      );
      const all = family();
      expect(all.length).toBeGreaterThan(1);
      launcher.kill('SIGKILL');
      await expectAllEnded(all);
    },
  );

  it('ends everything and says so when its keeper is killed', async () => {
    launcher = start();
    const mesh = await up();
    const all = family();
    process.kill(mesh.keeper.pid, 'SIGKILL');
    expect(await exitOf(launcher)).toBe(1);
    expect(said).toContain('The keeper process was killed');
    await expectAllEnded(all);
  });
});
