import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Keeper } from '../keeper/keeper.ts';
import { execInContainer, runContainer } from './docker.ts';

const searchPath = process.env.PATH;

let folder: string;
let keeper: Keeper;

/** A command line named `docker` that writes down how it is called; no engine is needed for that. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'signalbox-docker-'));
  writeFileSync(
    path.join(folder, 'docker'),
    `#!/bin/sh
     echo "$@" >> ${folder}/calls
     case "$1" in
       run) echo the server is up; while :; do sleep 0.05; done ;;
       exec) echo "ran $3" ;;
     esac`,
    { mode: 0o755 },
  );
  process.env.PATH = `${folder}:${searchPath}`;
  keeper = await Keeper.start(folder);
});

afterEach(async () => {
  process.env.PATH = searchPath;
  await keeper.stop({ hurry: true });
  rmSync(folder, { recursive: true, force: true });
});

function start() {
  return runContainer({
    keeper,
    name: 'test',
    image: 'an/image:1',
    logFile: path.join(folder, 'log'),
    ports: new Map([[15_001, 80]]),
    args: ['--env', 'A=b'],
    readyText: 'is up',
  });
}

function calls(): string[] {
  return readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n');
}

describe('a container', () => {
  it('listens on loopback only, and is ready when its output says so', async () => {
    const { name, process } = await start();
    await process.ready;
    expect(calls()).toEqual([
      `run --rm --name ${name} --publish 127.0.0.1:15001:80 --env A=b an/image:1`,
    ]);
    await expect(execInContainer(name, 'uptime')).resolves.toBe('ran uptime\n');
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'is removed by force once its command line has ended by %s',
    async (signal) => {
      const { name, process } = await start();
      await process.ready;
      await process.signal(signal);
      await process.ended;
      expect(calls().at(-1)).toBe(`rm --force ${name}`);
    },
  );
});
