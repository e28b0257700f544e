import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { run as runCommand } from '../../../tools/setup/run.js';
import { EXIT } from './exit-codes.js';
import { runProgram } from './program.js';

const ENVIRONMENT = {
  amqpUrl: 'amqp://guest:guest@127.0.0.1:1/none',
  managementUrl: undefined,
  workingDirectory: '/',
  account: 'me',
  color: false,
};

describe('the command line', () => {
  let out: string;
  let err: string;
  beforeEach(() => {
    out = '';
    err = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const run = (...args: string[]) => runProgram(args, ENVIRONMENT);

  it('explains itself and the exit codes', async () => {
    expect(await run('--help')).toBe(EXIT.ok);
    expect(out).toContain('Exit codes: 0 all succeeded');
  });

  it.each([
    'run',
    'watch',
    'show',
    'cancel',
    'search',
    'index',
    'stream',
    'dead',
    'publish',
    'services',
    'audit',
    'doctor',
  ])('has examples in the help of %s', async (command) => {
    expect(await run(command, '--help')).toBe(EXIT.ok);
    expect(out).toMatch(/Examples?:/);
  });

  it('marks the options that cannot be left out', async () => {
    await run('run', '--help');
    expect(out).toMatch(/--plugin <name> .*\(required\)/);
    expect(out).toMatch(/--targets <list> [^(]*\(required\)/);
    expect(out.match(/\(required\)/g)).toHaveLength(2);
  });

  it.each([
    ['an unknown command', ['fly']],
    ['an unknown option', ['show', '--fast']],
    ['a missing option', ['run', '--plugin', 'http']],
    ['a value that is none', ['run', '--plugin', 'http', '--targets', 'a', '--timeout', 'soon']],
    ['a target that is none', ['run', '--plugin', 'http', '--targets', 'a b']],
    ['an id that is none', ['cancel', 'not-a-uuid']],
  ])('exits 2 for %s and says what is wrong', async (_, args) => {
    expect(await run(...args)).toBe(EXIT.usage);
    expect(err).not.toBe('');
  });

  it('exits 4 when the broker cannot be reached, and says where it looked and what to do', async () => {
    expect(await run('show')).toBe(EXIT.unreachable);
    expect(err).toContain('127.0.0.1:1 (vhost none)');
    expect(err).toContain('start RabbitMQ, or point AMQP_URL at it');
    expect(err).not.toContain('guest:guest');
  });

  it('prints an error as an object with --json', async () => {
    await run('--json', 'show');
    expect(JSON.parse(out)).toMatchObject({ code: 'dependency-unavailable' });
  });

  it('prints a bash completion that completes commands, nested commands and options', async () => {
    await run('completion', 'bash');
    const complete = async (...words: string[]): Promise<string[]> => {
      const script = `${out}
        COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
        _signalbox; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await runCommand('bash', ['-c', script])).trim().split('\n');
    };
    expect(await complete('signalbox', 'st')).toEqual(['stream']);
    expect(await complete('signalbox', 'stream', 'sta')).toEqual(['start']);
    expect(await complete('signalbox', 'dead', 'rep')).toEqual(['replay']);
    expect(await complete('signalbox', 'run', '--conc')).toEqual(['--concurrency']);
  });

  it.each(['zsh', 'fish'])('prints a completion for %s', async (shell) => {
    expect(await run('completion', shell)).toBe(EXIT.ok);
    expect(out).toContain('signalbox');
  });
});
