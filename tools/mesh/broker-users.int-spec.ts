import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SERVICES } from '#contracts';
import { CommandLine } from '../demo/command-line.ts';
import { LogSource } from '../demo/log-source.ts';
import { MeshRecord } from '../demo/record.ts';
import type { Mesh } from '../mesh.ts';
import { Management } from '../servers/management.ts';
import { eventually } from '../testing/eventually.ts';
import { MeshGround } from '../testing/mesh-ground.ts';

jest.setTimeout(120_000);

let ground: MeshGround;
let mesh: Mesh;
let record: MeshRecord;
let commandLine: CommandLine;

beforeAll(async () => {
  ground = await MeshGround.open({ ownBroker: true });
  mesh = await ground.startMesh({
    env: {
      'task-runner': { PLUGINS: 'exec' },
      streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' },
    },
  });
  record = new MeshRecord(mesh.amqpUrl, mesh.searchUrl);
  commandLine = new CommandLine(mesh.amqpUrl);
});

afterAll(async () => {
  await record?.close();
  await ground?.close();
});

/** The users that are logged in, by what their connections call themselves (`status <process> publish`). */
async function usersByClient(): Promise<ReadonlyMap<string, string>> {
  const connections = (await new Management(mesh.managementUrl!).get('connections')) as {
    readonly user: string;
    readonly client_properties?: { readonly connection_name?: string };
  }[];
  return new Map(
    connections.map(({ user, client_properties: client }) => [
      client?.connection_name?.split(' ')[0] ?? '',
      user,
    ]),
  );
}

describe('a mesh on a broker of its own', () => {
  it('connects every service as its own user', async () => {
    const users = await eventually('the broker lists all connections', async () => {
      const found = await usersByClient();
      return [...SERVICES, 'cli'].every((client) => found.has(client)) && found;
    });
    for (const service of SERVICES)
      expect([service, users.get(service)]).toEqual([service, service]);
    expect(users.get('cli')).toBe('maintainer');
  });

  it('runs a task that is watched, and makes its output searchable', async () => {
    const words = 'run --plugin exec --targets a,b --arg program=echo --arg args=["heard"] --watch';
    const run = [...words.split(' '), '--index', 'outputs'];
    const { exitCode, complaint, objects } = await commandLine.call(run);
    expect([exitCode, complaint]).toEqual([0, '']);
    expect(objects.filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(1);
    const found = () => record.found('outputs', 'heard');
    await eventually('both lines are found', async () => (await found()) === 2);
  });

  it('follows a stream into the index, to its end', async () => {
    const source = new LogSource({ body: Buffer.from('{"n":1}\n{"n":2}\n') });
    try {
      const from = ['--from', await source.start(), '--index', 'lines', '--on-end', 'stop'];
      await commandLine.mustSucceed(['stream', 'start', 'lines', ...from]);
      expect(await record.untilEnded('lines', 30_000, AbortSignal.timeout(60_000))).toBe('stopped');
    } finally {
      await source.stop();
    }
  });

  it('cancels what runs and what waits, and tells who watches', async () => {
    const id = randomUUID();
    const words = 'run --plugin exec --targets a,b --arg program=sleep --arg args=["600"] --watch';
    const started = Promise.withResolvers<void>();
    const run = [...words.split(' '), '--concurrency', '1', '--id', id];
    const running = commandLine.call(run, ({ state }) => {
      if (state === 'started') started.resolve();
    });
    await started.promise;
    await commandLine.mustSucceed(['cancel', id, '--reason', 'test']);
    const { objects } = await running;
    const cancelled = objects.filter(({ state }) => state === 'cancelled');
    expect(new Set(cancelled.map(({ target }) => target))).toEqual(new Set(['a', 'b', undefined]));
  });

  // Last: of all that the others did.
  it('was refused nothing', () => {
    const log = path.join(ground.dir, 'data', 'rabbitmq', 'log', 'rabbitmq.log');
    expect(readFileSync(log, 'utf8').match(/.*(access_refused|refused for user).*/gi)).toBeNull();
  });
});
