import { describe, expect, it } from '@jest/globals';
import type { Bench } from './definition.ts';
import { runRounds, shuffled } from './rounds.ts';

const signal = new AbortController().signal;

describe('the rounds of a bench', () => {
  it('run every subject once each', async () => {
    const order: string[] = [];
    const subject = (name: string) => async () => {
      order.push(name);
      return { value: order.length, unit: 'n', sent: 1, received: 1 };
    };
    const bench: Bench = { subjects: { ours: subject('ours'), peer: subject('peer') } };
    const all = await runRounds(bench, 3, { brief: false, signal }, () => {});
    expect(all.get('ours')).toHaveLength(3);
    expect(all.get('peer')).toHaveLength(3);
    for (const round of [0, 2, 4]) {
      expect(order.slice(round, round + 2).toSorted()).toEqual(['ours', 'peer']);
    }
  });

  it('say which subject failed', async () => {
    const bench: Bench = { subjects: { ours: () => Promise.reject(new Error('no')) } };
    await expect(runRounds(bench, 1, { brief: true, signal }, () => {})).rejects.toThrow(
      'ours failed in round 1',
    );
  });

  it('come in every order', () => {
    const orders = new Set(Array.from({ length: 200 }, () => shuffled(['a', 'b', 'c']).join('')));
    expect(orders.size).toBe(6);
  });
});
