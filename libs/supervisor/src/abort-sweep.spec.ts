import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setUp } from '../test/set-up.js';
import { type Supervisor, type TaskContext, turn, type WaitContext } from './index.js';

/** Numbers the awaits of a body as they come, and interrupts at one of them. */
class Awaits {
  count = 0;
  /** Clean-ups that were registered before the abort. */
  readonly early: string[] = [];
  /** Clean-ups that ran. */
  readonly cleanups: string[] = [];
  readonly #at: number;
  readonly #when: 'during' | 'after';
  readonly #interrupt: () => void;

  constructor(at: number, when: 'during' | 'after', interrupt: () => void) {
    this.#at = at;
    this.#when = when;
    this.#interrupt = interrupt;
  }

  async step<T>(promise: Promise<T>): Promise<T> {
    const isIt = ++this.count === this.#at;
    if (isIt && this.#when === 'during') this.#interrupt();
    const value = await promise;
    if (isIt && this.#when === 'after') this.#interrupt();
    return value;
  }
}

/** Uses every wait there is, a shield, nested scopes, children, and clean-ups that wait. */
async function everything(context: TaskContext, awaits: Awaits): Promise<string> {
  const register = (name: string): (() => void) => {
    if (!context.signal.aborted) awaits.early.unshift(name);
    return context.onAbort(async (_: Error, within: WaitContext) => {
      await awaits.step(within.sleep(1));
      await awaits.step(within.checkpoint());
      awaits.cleanups.push(name);
    });
  };
  register('first');
  await awaits.step(context.sleep(1));
  await awaits.step(context.checkpoint());
  await awaits.step(context.wait(Promise.resolve('value')));
  const takeBack = register('taken back');
  await awaits.step(
    context.shield(
      async (within) => {
        await awaits.step(within.sleep(1));
        await awaits.step(within.wait(Promise.resolve()));
      },
      { timeoutMs: 50 },
    ),
  );
  takeBack();
  register('second');
  const child = await awaits.step(context.spawn('child', (inner) => awaits.step(inner.sleep(1))));
  await awaits.step(
    context.scope({ name: 'outer' }, async (outer) => {
      await awaits.step(outer.spawn('one', (inner) => awaits.step(inner.checkpoint())));
      await awaits.step(
        outer.scope({ name: 'inner', limit: 1 }, async (inner) => {
          await awaits.step(inner.spawn('two', (deepest) => awaits.step(deepest.sleep(1))));
          await awaits.step(inner.spawn('three', (deepest) => awaits.step(deepest.sleep(1))));
        }),
      );
      await awaits.step(outer.sleep(1));
    }),
  );
  await awaits.step(context.wait(child.outcome));
  return 'done';
}

type Interrupt = (supervisor: Supervisor, stop: AbortController) => unknown;

const INTERRUPTS: Record<string, Interrupt> = {
  'a cancel': (supervisor) => supervisor.cancel('everything', 'enough'),
  'its signal': (_, stop) => stop.abort(new Error('enough')),
  'a close': (supervisor) => supervisor.close(),
};

interface Run {
  readonly awaits: Awaits;
  readonly status: string;
  readonly suppressed: readonly unknown[];
}

/** Runs it all, interrupted at one await; whatever happens, nothing may be left. */
async function run(at: number, when: 'during' | 'after', interrupt: Interrupt): Promise<Run> {
  const { supervisor, clock, outcomes, lateErrors } = setUp({ limit: 3, pendingLimit: 3 });
  const stop = new AbortController();
  const awaits = new Awaits(at, when, () => interrupt(supervisor, stop));
  const task = await supervisor.spawn('everything', (context) => everything(context, awaits), {
    key: 'everything',
    signal: stop.signal,
    children: { limit: 2 },
  });
  for (let ms = 0; ms < 60; ms += 1) await clock.advanceAsync(1);
  const outcome = await task.outcome;
  await task.settled;
  await turn();
  expect(supervisor.inspect()).toMatchObject({ occupied: 0, waiting: 0, stuck: 0, tasks: [] });
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  expect(lateErrors).toEqual([]);
  expect(outcomes.at(-1)).toBe(outcome);
  const { status, suppressed } = outcome;
  return { awaits, status, suppressed };
}

describe('an abort at every await', () => {
  it('finds a body that uses every wait, and ends by itself when nobody interrupts it', async () => {
    const { awaits, status } = await run(0, 'during', () => {});
    expect(status).toBe('succeeded');
    expect(awaits.count).toBeGreaterThanOrEqual(18);
    expect(awaits.cleanups).toEqual([]);
  });

  for (const [name, interrupt] of Object.entries(INTERRUPTS)) {
    it(`by ${name} ends everything, in order, with nothing left behind`, async () => {
      const { awaits: whole } = await run(0, 'during', () => {});
      for (const when of ['during', 'after'] as const) {
        for (let at = 1; at <= whole.count; at += 1) {
          const { awaits, status, suppressed } = await run(at, when, interrupt);
          const isLast = when === 'after' && at === whole.count;
          expect([at, when, status]).toEqual([at, when, isLast ? 'succeeded' : 'cancelled']);
          expect(suppressed).toEqual([]);
          const ran = awaits.cleanups.filter((one) => awaits.early.includes(one));
          const expected = awaits.early.filter((one) => one !== 'taken back' || ran.includes(one));
          expect(ran).toEqual(expected);
          expect(ran).toContain('first');
        }
      }
    });
  }
});
