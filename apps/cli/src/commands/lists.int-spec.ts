import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BrokerServer } from '#broker';
import { answeringStatus } from '../../testing/answering-status.ts';
import { runCli, type CliRun } from '../../testing/cli-run.ts';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { execution, index, many, service, stream } from '../../testing/recorded.ts';
import { EXIT } from '../exit-codes.js';

jest.setTimeout(30_000);

const COUNT = 203;

describe('a list of more than a page', () => {
  let queues: DeadQueues;
  let status: BrokerServer;
  beforeAll(async () => {
    queues = await DeadQueues.declared();
    status = await answeringStatus(queues.broker, {
      services: many(COUNT, (n) => service(n === 0 ? 'indexer' : 'streamer', n)),
      streams: many(COUNT, (n) => stream(n, { state: n < 150 ? 'failed' : 'streaming' })),
      indices: many(COUNT, (n) => index(`app-${n}`)),
      executions: many(COUNT, (n) => execution(n)),
    });
  });
  afterAll(async () => {
    await status.close();
    await queues[Symbol.asyncDispose]();
  });

  const cli = (...args: string[]): Promise<CliRun> => runCli(queues.url, ...args);

  describe.each([
    { command: ['services'], head: 'SERVICE', id: 'instanceId' },
    { command: ['stream', 'list'], head: 'STREAM', id: 'streamId' },
    { command: ['index', 'list'], head: 'INDEX', id: 'index' },
  ])('signalbox $command', ({ command, head, id }) => {
    it('is shown whole, under one head', async () => {
      const { exitCode, out, err } = await cli(...command);
      const lines = out.trimEnd().split('\n');
      expect(lines.filter((line) => line.startsWith(`${head} `))).toHaveLength(1);
      expect(lines).toHaveLength(1 + COUNT);
      expect({ exitCode, err }).toEqual({ exitCode: EXIT.ok, err: '' });
      const { objects } = await cli('--json', ...command);
      expect(new Set(objects.map((item) => item[id])).size).toBe(COUNT);
    });

    it.each([1, 100, 101])('is cut at --limit %d, and says so', async (limit) => {
      const { objects, err } = await cli('--json', ...command, '--limit', String(limit));
      expect(objects).toHaveLength(limit);
      expect(err).toBe(`the first ${limit} are shown; there are more, see --limit\n`);
    });

    it.each([COUNT, COUNT + 1])('does not claim more at --limit %d', async (limit) => {
      const { objects, err } = await cli('--json', ...command, '--limit', String(limit));
      expect(objects).toHaveLength(COUNT);
      expect(err).toBe('');
    });
  });

  it('of executions goes as far as --limit says, 20 without', async () => {
    expect((await cli('--json', 'show', '--limit', '202')).objects).toHaveLength(202);
    expect((await cli('--json', 'show')).objects).toHaveLength(20);
  });

  it('of streams is filtered by state, and of processes by service', async () => {
    expect((await cli('--json', 'stream', 'list', '--state', 'failed')).objects).toHaveLength(150);
    expect((await cli('--json', 'services', '--service', 'indexer')).objects).toHaveLength(1);
    const none = await cli('services', '--service', 'status');
    expect(none.out).toBe('the record knows of no status\n');
  });
});
