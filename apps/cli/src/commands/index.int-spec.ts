import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { answeringStatus } from '../../testing/answering-status.ts';
import { runCli } from '../../testing/cli-run.ts';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { index, many } from '../../testing/recorded.ts';
import { EXIT } from '../exit-codes.js';

jest.setTimeout(30_000);

const blocked = index('edge-access', {
  state: 'blocked',
  reason: 'disk watermark exceeded',
  since: 1_764_000_000_000,
  instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
});

describe('signalbox index list', () => {
  let queues: DeadQueues;
  beforeEach(async () => {
    queues = await DeadQueues.declared();
  });
  afterEach(async () => {
    await queues[Symbol.asyncDispose]();
  });

  it('shows the indices, all pages of them, and in full why one takes no documents', async () => {
    const open = many(101, (n) => index(`app-${n}`));
    const status = await answeringStatus(queues.broker, { indices: [...open, blocked] });
    const { exitCode, out } = await runCli(queues.url, 'index', 'list');
    const onlyBlocked = await runCli(queues.url, '--json', 'index', 'list', '--state', 'blocked');
    await status.close();
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toMatch(/^INDEX +STATE +SINCE +WRITTEN +DUPLICATES +REJECTED$/m);
    expect(out).toMatch(/^app-100 +open +- +5 +1 +0$/m);
    expect(out).toMatch(/^edge-access +blocked +\d+ d ago +5 +1 +0$/m);
    expect(out).toContain('edge-access: disk watermark exceeded (says indexer 7d9f0c52');
    expect(onlyBlocked.objects).toEqual([blocked]);
  });

  it('says so when there is none, and refuses a state that is none', async () => {
    const status = await answeringStatus(queues.broker, {});
    const none = await runCli(queues.url, 'index', 'list');
    const noneBlocked = await runCli(queues.url, 'index', 'list', '--state', 'blocked');
    await status.close();
    expect(none.out).toBe('no indices yet\n');
    expect(noneBlocked.out).toBe('no index is blocked\n');
    const wrong = await runCli(queues.url, 'index', 'list', '--state', 'shut');
    expect(wrong.exitCode).toBe(EXIT.usage);
    expect(wrong.err).toContain('Allowed choices are open, blocked');
  });
});
