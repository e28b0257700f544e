import { describe, expect, it } from '@jest/globals';
import type { LeaseMark } from '#contracts';
import type { Marks } from '../marks.js';
import type { Action } from './actions.js';
import { answered, givenUp, offered, runEnded } from './asking.js';
import { cancelHeard, heard, pinged } from './hearing.js';
import { instanceBegan, instanceKnown, instanceLost, leasesResumed } from './instance.js';
import { graceOver, inDoubtSince } from './losing.js';
import { confirmed, say } from './saying.js';
import { newWorkerState, type WorkerState } from './worker-state.js';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const KEY = `chunk/${EXECUTION}/1`;
const OTHER = 'stream/edge-access';
const FREE: Marks = { cancelled: null, revoked: false, paused: false };
const CANCELLED: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };
const FAILED_OFTEN: LeaseMark = { outcome: 'skipped', code: 'max-failures', finishRunning: true };

/** A process that does what the tests say; requests and tickets are numbered. */
class Process {
  readonly state: WorkerState = newWorkerState();
  private requests = 0;
  private tickets = 0;
  private sayings = 0;
  private readonly newRequestId = (): string => `request-${++this.requests}`;

  begin(id: string, pageSize = 100): Action[] {
    const { newRequestId } = this;
    return instanceBegan(this.state, { id, newRequestId, pageSize });
  }

  known(): Action[] {
    return instanceKnown(this.state, this.newRequestId);
  }

  lose(): Action[] {
    return instanceLost(this.state);
  }

  offer(key = KEY): Action[] {
    const ticket = `ticket-${++this.tickets}`;
    return offered(this.state, { ticket, key }, this.newRequestId);
  }

  grant(requestId: string, { key = KEY, epoch = 1, marks = FREE } = {}): Action[] {
    return answered(this.state, { answer: 'granted', requestId, key, epoch, marks });
  }

  /** With an instance that the record knows, and the lease of `key`. */
  static holding(...keys: readonly string[]): Process {
    const process = new Process();
    process.begin('p.1');
    process.known();
    for (const key of keys) {
      process.offer(key);
      process.grant(`request-${process.requests}`, { key });
    }
    return process;
  }

  say(): Action[] {
    return say(this.state, { key: KEY, epoch: 1 }, ++this.sayings);
  }

  standing(key = KEY): string | undefined {
    return this.state.leases.get(key)?.standing;
  }
}

const kinds = (actions: readonly Action[]): string[] => actions.map((action) => action.do);

describe('W1: an offer in hand', () => {
  it('is asked for once the record knows the instance', () => {
    const process = new Process();
    expect(process.offer()).toEqual([]);
    expect(process.begin('p.1')).toEqual([{ do: 'announce' }]);
    expect(process.known()).toEqual([{ do: 'ask', key: KEY, requestId: 'request-1' }]);
  });

  it('is asked for again, with a fresh request, after the channel died before the answer', () => {
    const process = Process.holding();
    expect(process.offer()).toEqual([{ do: 'ask', key: KEY, requestId: 'request-1' }]);
    process.lose();
    expect(process.grant('request-1')).toEqual([]);
    process.begin('p.2');
    expect(process.known()).toEqual([{ do: 'ask', key: KEY, requestId: 'request-2' }]);
    expect(kinds(process.grant('request-2'))).toEqual(['stop-asking', 'hold', 'begin']);
    expect(process.state.leases.get(KEY)?.owners).toEqual(['p.2']);
  });
});

describe('W2: an offer is settled by an answer alone', () => {
  it.each(['held', 'closed'] as const)('%s', (answer) => {
    const process = Process.holding();
    process.offer();
    expect(answered(process.state, { answer, requestId: 'request-1' })).toEqual([
      { do: 'stop-asking', requestId: 'request-1' },
      { do: 'decline', ticket: 'ticket-1', answer },
    ]);
  });

  it('granted: the work begins, and that settles it', () => {
    const process = Process.holding();
    process.offer();
    expect(process.grant('request-1')).toEqual([
      { do: 'stop-asking', requestId: 'request-1' },
      { do: 'hold', ticket: 'ticket-1', key: KEY, epoch: 1 },
      { do: 'begin', ticket: 'ticket-1', key: KEY, epoch: 1 },
    ]);
  });

  it('an offer of work that runs here is asked for all the same', () => {
    const process = Process.holding(KEY);
    expect(kinds(process.offer())).toEqual(['ask']);
  });

  it('an answer to no open request is ignored: answered before, or given up', () => {
    const process = Process.holding(KEY);
    expect(process.grant('request-1')).toEqual([]);
    process.offer(OTHER);
    expect(givenUp(process.state, 'ticket-2')).toEqual([
      { do: 'stop-asking', requestId: 'request-2' },
    ]);
    expect(process.grant('request-2', { key: OTHER })).toEqual([]);
  });
});

describe('W3: a grant for a key that runs here under an older epoch', () => {
  function regranted(): { process: Process; actions: Action[] } {
    const process = Process.holding(KEY);
    process.offer();
    return { process, actions: process.grant('request-2', { epoch: 2 }) };
  }

  it('ends the old run, and begins after it', () => {
    const { process, actions } = regranted();
    expect(actions).toMatchObject([
      { do: 'stop-asking' },
      { do: 'lose', epoch: 1 },
      { do: 'hold', epoch: 2 },
    ]);
    expect(runEnded(process.state, { key: KEY, epoch: 1 })).toEqual([
      { do: 'begin', ticket: 'ticket-2', key: KEY, epoch: 2 },
    ]);
  });

  it('lost while it waits, its offer is settled and it never begins', () => {
    const { process } = regranted();
    process.offer();
    expect(process.grant('request-3', { epoch: 3 })).toMatchObject([
      { do: 'stop-asking' },
      { do: 'lose', epoch: 2 },
      { do: 'decline', ticket: 'ticket-2', answer: 'held' },
      { do: 'hold', epoch: 3 },
    ]);
    expect(runEnded(process.state, { key: KEY, epoch: 1 })).toMatchObject([
      { do: 'begin', ticket: 'ticket-3', epoch: 3 },
    ]);
  });

  it('given up while it waits, it is lost', () => {
    const { process } = regranted();
    expect(kinds(givenUp(process.state, 'ticket-2'))).toEqual(['lose', 'decline']);
    expect(runEnded(process.state, { key: KEY, epoch: 1 })).toEqual([]);
    const ping = pinged(process.state, { key: KEY, epoch: 2, ...FREE });
    expect(ping).toEqual([{ do: 'disown', key: KEY, epoch: 2 }]);
  });
});

describe('W5: what is said about the work', () => {
  const ref = { key: KEY, epoch: 1 };

  it('is published at once, in order', () => {
    const process = Process.holding(KEY);
    expect(process.say()).toEqual([{ do: 'publish', ...ref, said: 1 }]);
    expect(process.say()).toEqual([{ do: 'publish', ...ref, said: 2 }]);
  });

  it('is nothing once the lease is lost', () => {
    const process = Process.holding(KEY);
    process.lose();
    graceOver(process.state, ref);
    expect(process.say()).toEqual([]);
  });

  it('the key is forgotten when its run has ended', () => {
    const process = Process.holding(KEY);
    expect(runEnded(process.state, ref)).toEqual([]);
    expect(process.state.leases.size).toBe(0);
  });
});

describe('W6: a ping', () => {
  const ref = { key: KEY, epoch: 1 };
  const ping = (process: Process, said: { epoch?: number } & Partial<Marks>): Action[] =>
    pinged(process.state, { ...ref, ...FREE, ...said });

  it('is obeyed once', () => {
    const process = Process.holding(KEY);
    const marks = { ...FREE, cancelled: CANCELLED };
    expect(ping(process, { cancelled: CANCELLED })).toEqual([{ do: 'obey', ...ref, marks }]);
    expect(ping(process, { cancelled: CANCELLED })).toEqual([]);
  });

  it('marks replace each other as in the record, whoever says them', () => {
    const process = Process.holding(KEY);
    ping(process, { cancelled: FAILED_OFTEN });
    expect(cancelHeard(process.state, EXECUTION)).toMatchObject([
      { do: 'obey', marks: { cancelled: CANCELLED } },
    ]);
    expect(heard(process.state, ref, { ...FREE, cancelled: FAILED_OFTEN })).toEqual([]);
  });

  it('of a lease that is neither run nor awaited is owned up to', () => {
    const process = Process.holding();
    expect(ping(process, {})).toEqual([{ do: 'disown', ...ref }]);
    process.offer();
    expect(ping(process, {})).toEqual([]);
  });

  it('of an older epoch than the one that runs is ignored', () => {
    const process = Process.holding();
    process.offer();
    process.grant('request-1', { epoch: 2 });
    expect(ping(process, { epoch: 1, cancelled: CANCELLED })).toEqual([]);
  });

  it('of work that goes on in its grace counts as run', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    expect(kinds(ping(process, { cancelled: CANCELLED }))).toEqual(['obey']);
  });

  it('of a lost lease is owned up to when its run has ended', () => {
    const process = Process.holding(KEY);
    process.lose();
    graceOver(process.state, ref);
    process.begin('p.2');
    process.known();
    expect(ping(process, {})).toEqual([]);
    expect(runEnded(process.state, ref)).toEqual([{ do: 'disown', ...ref }]);
  });
});

describe('W7: the lease channel is lost', () => {
  const ref = { key: KEY, epoch: 1 };
  const resumed = (requestId: string, process: Process, marks: Partial<Marks> = {}): Action[] =>
    leasesResumed(process.state, requestId, [{ ...ref, ...FREE, ...marks, state: 'resumed' }]);

  it('everything held is in doubt, and what is said waits', () => {
    const process = Process.holding(KEY, OTHER);
    expect(kinds(process.lose())).toEqual(['suspend', 'suspend']);
    expect(process.say()).toEqual([]);
    expect(process.lose()).toEqual([]);
  });

  it('the next instance first asks to keep it, and is announced when that is answered', () => {
    const process = Process.holding(KEY);
    process.lose();
    expect(process.begin('p.2')).toEqual([
      { do: 'resume', requestId: 'request-2', from: ['p.1'], leases: [ref] },
    ]);
    expect(kinds(resumed('request-2', process))).toEqual(['stop-asking', 'continue', 'announce']);
    expect(process.standing()).toBe('held');
  });

  it('asks in pages, and is announced after the last answer', () => {
    const process = Process.holding(KEY, OTHER);
    process.lose();
    expect(kinds(process.begin('p.2', 1))).toEqual(['resume', 'resume']);
    expect(kinds(resumed('request-3', process))).toEqual(['stop-asking', 'continue']);
    const other = { key: OTHER, epoch: 1, ...FREE, state: 'resumed' } as const;
    expect(kinds(leasesResumed(process.state, 'request-4', [other]))).toEqual([
      'stop-asking',
      'continue',
      'announce',
    ]);
  });

  it('keeps asking until the last page of the answer', () => {
    const process = Process.holding(KEY, OTHER);
    process.lose();
    process.begin('p.2');
    expect(kinds(resumed('request-3', process))).toEqual(['continue']);
    const other = { key: OTHER, epoch: 1, ...FREE, state: 'gone' } as const;
    expect(kinds(leasesResumed(process.state, 'request-3', [other]))).toEqual([
      'stop-asking',
      'lose',
      'announce',
    ]);
  });

  it('names every instance since the lease was last confirmed', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    process.lose();
    expect(process.begin('p.3')).toMatchObject([{ do: 'resume', from: ['p.1', 'p.2'] }]);
    resumed('request-3', process);
    process.lose();
    expect(process.begin('p.4')).toMatchObject([{ do: 'resume', from: ['p.3'] }]);
  });

  it('publishes again what was not confirmed, in order, then what waited; then obeys the marks', () => {
    const process = Process.holding(KEY);
    process.say();
    process.say();
    process.say();
    confirmed(process.state, ref, 2);
    process.lose();
    process.say();
    process.begin('p.2');
    expect(resumed('request-2', process, { cancelled: CANCELLED })).toMatchObject([
      { do: 'stop-asking' },
      { do: 'publish', said: 1 },
      { do: 'publish', said: 3 },
      { do: 'publish', said: 4 },
      { do: 'continue' },
      { do: 'obey', marks: { cancelled: CANCELLED } },
      { do: 'announce' },
    ]);
  });

  it('gone: it is lost', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    const gone = { ...ref, ...FREE, state: 'gone' } as const;
    expect(kinds(leasesResumed(process.state, 'request-2', [gone]))).toEqual([
      'stop-asking',
      'lose',
      'announce',
    ]);
  });

  it('the answer about another epoch changes nothing', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    const gone = { ...ref, epoch: 2, ...FREE, state: 'gone' } as const;
    expect(leasesResumed(process.state, 'request-2', [gone])).toEqual([]);
    expect(process.standing()).toBe('suspended');
  });

  it('the grace is over: it is lost, and a resume that was applied late is owned up to', () => {
    const process = Process.holding(KEY);
    process.lose();
    expect(kinds(graceOver(process.state, ref))).toEqual(['lose']);
    expect(runEnded(process.state, ref)).toEqual([]);
    process.begin('p.2');
    expect(resumed('no-such-request', process)).toEqual([]);
  });

  it('its run ends between the question and the answer: owned up to', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    graceOver(process.state, ref);
    runEnded(process.state, ref);
    expect(kinds(resumed('request-2', process))).toEqual(['stop-asking', 'disown', 'announce']);
  });

  it('the grace counts from the loss of the instance that it was last confirmed to', () => {
    const process = Process.holding(KEY);
    const inDoubt = (id: string) => inDoubtSince(process.state, id).map(({ key }) => key);
    process.lose();
    process.begin('p.2');
    process.lose();
    expect([inDoubt('p.1'), inDoubt('p.2')]).toEqual([[KEY], []]);
    process.begin('p.3');
    resumed('request-3', process);
    expect([inDoubt('p.1'), inDoubt('p.3')]).toEqual([[], []]);
    process.lose();
    expect([inDoubt('p.1'), inDoubt('p.3')]).toEqual([[], [KEY]]);
  });

  it('the grace of a lease that was resumed ends nothing', () => {
    const process = Process.holding(KEY);
    process.lose();
    process.begin('p.2');
    resumed('request-2', process);
    expect(graceOver(process.state, ref)).toEqual([]);
  });
});
