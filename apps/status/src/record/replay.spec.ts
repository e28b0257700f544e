import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXECUTION, hosts } from '../../testing/messages.js';
import { decided, play, plot, shuffledTwice } from '../../testing/owners.js';
import { replay } from '../../testing/replay.js';
import type { WorkingSet } from './working-set.js';

describe('the event log', () => {
  it('gives the record again, however it is shuffled and repeated', async () => {
    let [counted, superseded, ends] = [0, 0, 0];
    const same = fc.asyncProperty(plot, fc.infiniteStream(fc.nat()), async (story, numbers) => {
      const { set } = await play(story);
      const { events } = set.changes;
      superseded += events.filter((event) => event.superseded).length;
      counted += events.length;
      ends += set.executions.get(EXECUTION)?.outcome === null ? 0 : 1;
      const shuffled = shuffledTwice(events, numbers);
      expect(projection(replay(shuffled, decided({ set })))).toEqual(projection(set));
    });
    await fc.assert(same, { numRuns: RUNS });
    // The stories are about something.
    expect(superseded).toBeGreaterThan(RUNS / 10);
    expect(counted - superseded).toBeGreaterThan(RUNS);
    expect(ends).toBeGreaterThan(RUNS / 50);
  }, 60_000);
});

const RUNS = 2_000;

/** What events say of the record. Whether a target with an outcome had started says nothing any more: it depends on what came first. */
function projection(set: WorkingSet) {
  const targets = hosts(8).map((name) => {
    const target = set.target(EXECUTION, name);
    return target?.outcome == null ? target : { ...target, started: null };
  });
  const leases = [...set.leases.values()].map((lease) => {
    if (lease.kind === 'chunk') return [lease.key, lease.open, lease.attempted];
    const { position, counters, countersBefore, eventEpoch, eventSeq } = lease;
    return [lease.key, position, counters, countersBefore, eventEpoch, eventSeq];
  });
  return { targets, leases, counts: set.executions.get(EXECUTION)?.counts };
}
