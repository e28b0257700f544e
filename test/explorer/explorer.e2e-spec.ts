import { describe, expect, it, jest } from '@jest/globals';
import { runNode } from '../../tools/testing/run-node.ts';
import type { Found } from './engine/explore.ts';
import { RULES } from './rules.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

/** What a scenario may take; most are seen whole long before. */
const LIMITS = ['--states', '60000', '--ms', '90000'];

/** Larger than the limits; the soak goes further. */
const NOT_SEEN_WHOLE: readonly ScenarioName[] = [
  'a chunk, the broker restarts',
  'a chunk, one worker, the broker restarts',
  'a chunk of two, cut and slow',
  'a stream, a worker fails',
  'a stream, a status fails',
];

jest.setTimeout(120_000);

describe('the explorer finds every promise of the leases kept', () => {
  it.each(Object.keys(SCENARIOS) as ScenarioName[])('%s', async (name) => {
    const found = await explored('--scenario', name, ...LIMITS);
    expect(found.broken).toBeUndefined();
    expect(found.isComplete || NOT_SEEN_WHOLE.includes(name)).toBe(true);
  });
});

describe('the explorer finds a promise broken without the rule', () => {
  it.each(RULES.map(({ name, breaks }) => ({ name, breaks })))(
    '$name',
    async ({ name, breaks }) => {
      const found = await explored('--without', name);
      expect(breaks).toContain(found.broken?.promise);
    },
  );
});

/** In a process of its own: the rules are taken out of modules as they are loaded. */
async function explored(...args: string[]): Promise<Found> {
  const { output, errorOutput } = await runNode(['test/explorer/main.ts', '--json', ...args], {});
  if (output === '') throw new Error(errorOutput);
  return JSON.parse(output) as Found;
}
