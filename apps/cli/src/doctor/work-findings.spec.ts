import { describe, expect, it } from '@jest/globals';
import type { ExecutionSummary, PageRequest, StreamSummary } from '#contracts';
import { execution, many, stream } from '../../testing/recorded.ts';
import { workFindings } from './work-findings.js';

const PAGE = 100;

/** Answers page by page, and lets time pass with each. */
function asking(executions: readonly ExecutionSummary[], streams: readonly StreamSummary[]) {
  const ask = async (_: unknown, { cursor = '0' }: PageRequest, answer: { name: string }) => {
    const all = answer.name.startsWith('ListExecutions') ? executions : streams;
    const next = Number(cursor) + PAGE;
    const items = all.slice(Number(cursor), next);
    return { items, ...(next < all.length && { nextCursor: String(next) }) } as never;
  };
  return { ask: ask as never };
}

describe('work that waits', () => {
  it('is counted over all pages, with the oldest execution of all', async () => {
    const executions = many(250, (n) => execution(n, { recordedAt: Date.now() - n * 60_000 }));
    const [found] = await workFindings(asking(executions, []), 1_000);
    expect(found).toMatchObject({
      state: 'trouble',
      says: '250 executions not begun, one since 4 h ago: no task-runner has room',
      next: `signalbox services; signalbox show ${executions[249]!.executionId}`,
    });
  });

  it('names the first streams that nobody follows, on whatever page', async () => {
    const owner = '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1';
    const streams = many(250, (n) => stream(n, n < 150 ? { owner } : {}));
    const [, found] = await workFindings(asking([], streams), 1_000);
    expect(found).toMatchObject({
      state: 'trouble',
      says: 'nobody follows edge-150, edge-151, edge-152, edge-153, edge-154 and 95 others',
    });
  });

  it('finds one failed stream on the last page', async () => {
    const owner = '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1';
    const streams = many(250, (n) => stream(n, n < 249 ? { owner } : { state: 'failed' }));
    const [, found] = await workFindings(asking([], streams), 1_000);
    expect(found).toMatchObject({ state: 'trouble', says: 'failed: edge-249' });
  });

  it('says so when there was no time for all of it', async () => {
    const owner = '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1';
    const executions = many(250, (n) => execution(n));
    const streams = many(250, (n) => stream(n, { owner }));
    const [due, followed] = await workFindings(asking(executions, streams), 0);
    expect(due?.says).toContain('100 executions or more not begun');
    expect(followed).toMatchObject({ state: 'unknown', next: 'signalbox stream list' });
  });
});
