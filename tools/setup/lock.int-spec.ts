import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

let root: string;

/** A repository of its own with the lock in it, and a script that notes when it holds the lock. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'signalbox-lock-'));
  for (const file of ['lock.js', 'places.js']) {
    cpSync(path.join(import.meta.dirname, file), path.join(root, 'tools', 'setup', file));
  }
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    path.join(root, 'tools', 'setup', 'work.js'),
    `import { appendFileSync } from 'node:fs';
     import { alone } from './lock.js';
     const note = (word) => appendFileSync(${JSON.stringify(path.join(root, 'notes'))}, word + '\\n');
     await alone(async () => {
       note('in');
       if (process.argv[2] === 'killed') process.kill(process.pid, 'SIGKILL');
       await new Promise((resolve) => setTimeout(resolve, 50));
       note('out');
     });`,
  );
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function work(...args: string[]): Promise<void> {
  await once(fork(path.join(root, 'tools', 'setup', 'work.js'), args, { execArgv: [] }), 'exit');
}

function notes(): string[] {
  return readFileSync(path.join(root, 'notes'), 'utf8').trim().split('\n');
}

describe('two set-ups of one repository', () => {
  it('work one after the other', async () => {
    await Promise.all([work(), work(), work()]);
    expect(notes()).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  });

  it('do not wait for one that was killed', async () => {
    await work('killed');
    await work();
    expect(notes()).toEqual(['in', 'in', 'out']);
  });

  it('take their turn when the one they wait for is killed', async () => {
    await Promise.all([work('killed'), work(), work('killed'), work()]);
    expect(notes().filter((note) => note === 'in')).toHaveLength(4);
    expect(notes().join(' ')).not.toMatch(/in out out/);
  });
});
