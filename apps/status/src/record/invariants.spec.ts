import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExecutionFinished, TargetsChanged, type TargetState } from '#contracts';
import { EXECUTION, acquire, chunk, hosts, run } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import type { Chunk } from './executions/chunk.js';
import { NOW, story } from '../../testing/stories.js';

/** What must never be taken back. */
interface Facts {
  readonly outcomes: Map<string, string>;
  readonly epochs: Map<string, number>;
  readonly closedChunks: Set<string>;
  readonly announced: Set<string>;
}

describe('whatever is said, in whatever order', () => {
  it('the invariants of the record hold (I1, I2, I5, I9)', () => {
    const holds = fc.property(story, (batches) => {
      const record = new RecordInMemory();
      record.nowMs = NOW;
      const facts: Facts = {
        outcomes: new Map(),
        epochs: new Map(),
        closedChunks: new Set(),
        announced: new Set(),
      };
      for (const batch of batches) {
        const { announcements } = record.apply(...batch);
        for (const { contract, body } of announcements) {
          if (contract === ExecutionFinished) announceOnce(facts, body as ExecutionFinished);
        }
        checkLeases(record, facts);
        checkExecutions(record, facts);
        record.dispatch();
      }
    });
    expect(() => fc.assert(holds, { numRuns: 300 })).not.toThrow();
  });

  it('events that come twice or out of order give the same record', () => {
    const states = fc.array(fc.constantFrom<TargetState>('started', 'retrying'), { maxLength: 4 });
    const ends = fc.constantFrom<TargetState>('succeeded', 'failed', 'timed-out', 'lost');
    const lives = fc.array(fc.tuple(states, ends), { minLength: 3, maxLength: 3 });
    const reports = lives.chain((targets) => {
      const said = targets.flatMap(([steps, end], at) =>
        [...steps, end].map((state, step) => ({
          target: `host-${at + 1}`,
          state,
          attempt: step + 1,
        })),
      );
      const events = said.map((change, at) => ({
        key: chunk(1),
        epoch: 1,
        seq: at + 1,
        changes: [change],
      }));
      const doubled = [...events, ...events];
      return fc.shuffledSubarray(doubled, { minLength: doubled.length }).map((shuffled) => ({
        events,
        shuffled,
      }));
    });
    const same = fc.property(reports, ({ events, shuffled }) => {
      expect(recordAfter(shuffled)).toEqual(recordAfter(events));
    });
    expect(() => fc.assert(same, { numRuns: 200 })).not.toThrow();
  });
});

function recordAfter(events: readonly object[]) {
  const record = new RecordInMemory();
  run(record, 3);
  acquire(record, chunk(1));
  for (const event of events) record.tell(TargetsChanged, event);
  const { outcome, counts } = record.execution(EXECUTION);
  const targets = hosts(3).map((name) => record.set.target(EXECUTION, name)?.outcome);
  return { outcome, counts, targets, closed: record.lease(chunk(1)).closed };
}

function announceOnce({ announced }: Facts, { executionId }: ExecutionFinished): void {
  if (announced.has(executionId)) throw new Error(`${executionId} was announced twice`);
  announced.add(executionId);
}

function checkLeases(record: RecordInMemory, { epochs, closedChunks }: Facts): void {
  for (const lease of record.set.leases.values()) {
    const { key, epoch, owner, due, closed } = lease;
    must(epoch >= (epochs.get(key) ?? 1), `the epoch of ${key} went back`);
    must(!closed || (owner === null && !due), `${key} is closed, and owned or due`);
    must(owner === null || !due, `${key} is owned and due`);
    epochs.set(key, epoch);
    if (lease.kind === 'chunk') {
      must(closed || !closedChunks.has(key), `${key} was closed and is open`);
      must(closed === (lease.open === 0), `${key} has ${lease.open} open targets`);
      must(
        closed || lease.attempted === attemptedOf(record, lease),
        `${key} counts attempts wrongly`,
      );
      if (closed) closedChunks.add(key);
    }
    const paused =
      lease.kind === 'chunk' && record.set.executions.get(lease.executionId)?.paused === true;
    const offered = record.offers.some((offer) => offer.key === key && offer.epoch === epoch);
    must(closed || owner !== null || paused || due || offered, `${key} waits, and nobody knows`);
  }
}

/** Targets of a chunk that had an attempt and have no outcome, counted one by one. */
function attemptedOf({ set }: RecordInMemory, { executionId, first, size }: Chunk): number {
  const names = hosts(first + size - 1).slice(first - 1);
  const targets = names.map((name) => set.target(executionId, name));
  return targets.filter((target) => target && target.attempt > 0 && target.outcome === null).length;
}

function checkExecutions(record: RecordInMemory, { outcomes, announced }: Facts): void {
  for (const execution of record.set.executions.values()) {
    const { id, outcome, total } = execution;
    const before = outcomes.get(id);
    must(before === undefined || before === outcome, `the outcome of ${id} changed`);
    if (outcome !== null) outcomes.set(id, outcome);
    if (outcome === 'rejected') continue;
    must((outcome !== null) === announced.has(id), `${id} ended, and nobody was told`);
    const open = record.set.openChunksOf(id);
    must(outcome === null || open.length === 0, `${id} ended with an open chunk`);
    const { waiting, running, ...counts } = record.counts(id);
    const ended = Object.values(counts).reduce((sum, count) => sum + count, 0) - total;
    must(waiting + running + ended === total, `${id} counts ${ended} of ${total}`);
    must(outcome === null || waiting + running === 0, `${id} ended with targets without outcome`);
    for (const name of hosts(total)) checkTarget(record, outcomes, id, name);
  }
}

function checkTarget(
  record: RecordInMemory,
  outcomes: Map<string, string>,
  id: string,
  name: string,
): void {
  const outcome = record.set.target(id, name)?.outcome ?? null;
  const before = outcomes.get(`${id} ${name}`);
  must(before === undefined || before === outcome, `the outcome of ${name} changed`);
  if (outcome !== null) outcomes.set(`${id} ${name}`, outcome);
}

function must(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}
