import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Contract, type TargetChange, TargetsChanged } from '#contracts';
import { Deferred, Supervisor, turn } from '#supervisor';
import { ChangeReporter, type ReportingLease } from './change-reporter.js';

/** A lease on which the test confirms each event by hand. */
class HandLease implements ReportingLease {
  readonly key = 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1';
  readonly epoch = 3;
  readonly sent: { readonly event: TargetsChanged; readonly confirmed: Deferred }[] = [];
  private seq = 0;

  nextSeq(): number {
    return ++this.seq;
  }

  publish<T extends object>(contract: Contract<T>, body: T): Promise<void> {
    if (contract !== (TargetsChanged as Contract)) throw new TypeError('not an event of targets');
    const confirmed = new Deferred();
    this.sent.push({ event: body as unknown as TargetsChanged, confirmed });
    return confirmed.promise;
  }

  get targets(): string[][] {
    return this.sent.map(({ event }) => event.changes.map(({ target }) => target));
  }
}

const change = (target: string, message = ''): TargetChange => ({
  target,
  attempt: 1,
  state: 'failed',
  message,
});

let tasks: Supervisor;
beforeEach(() => {
  tasks = new Supervisor({ name: 'reports', limit: 10 });
});

describe('ChangeReporter', () => {
  it('publishes the first change at once, and together what gathers until it is confirmed', async () => {
    const lease = new HandLease();
    const reporter = new ChangeReporter(lease, tasks);
    for (const target of ['a', 'b', 'c']) reporter.add(change(target));
    expect(lease.targets).toEqual([['a']]);
    lease.sent[0]?.confirmed.resolve();
    await turn();
    expect(lease.targets).toEqual([['a'], ['b', 'c']]);
    expect(lease.sent.map(({ event }) => [event.epoch, event.seq])).toEqual([
      [3, 1],
      [3, 2],
    ]);
  });

  it('says when what was added by then is confirmed, no sooner', async () => {
    const lease = new HandLease();
    const reporter = new ChangeReporter(lease, tasks);
    const heard: string[] = [];
    const hear = async (what: string) => {
      await reporter.allConfirmed();
      heard.push(what);
    };
    reporter.add(change('a'));
    const a = hear('a');
    reporter.add(change('b'));
    const b = hear('b');
    lease.sent[0]?.confirmed.resolve();
    await turn();
    expect(heard).toEqual(['a']);
    lease.sent[1]?.confirmed.resolve();
    await turn();
    expect(heard).toEqual(['a', 'b']);
    await Promise.all([a, b, reporter.allConfirmed()]);
  });

  it('lets no event grow past 256 KiB', async () => {
    const lease = new HandLease();
    const reporter = new ChangeReporter(lease, tasks);
    reporter.add(...Array.from({ length: 300 }, (_, i) => change(`t${i}`, 'x'.repeat(2_000))));
    for (let i = 0; i < lease.sent.length; i++) {
      lease.sent[i]?.confirmed.resolve();
      await turn();
    }
    const sizes = lease.sent.map(({ event }) => JSON.stringify(event.changes).length);
    expect(lease.targets.flat()).toHaveLength(300);
    expect(Math.max(...sizes)).toBeLessThan(257 * 1024);
    expect(sizes).toHaveLength(3);
  });

  it('falls silent when publishing fails, and tells everybody', async () => {
    const lease = new HandLease();
    const failures: unknown[] = [];
    const reporter = new ChangeReporter(lease, tasks, (error) => failures.push(error));
    const lost = new Error('lease lost');
    reporter.add(change('a'), change('b'));
    const waited = reporter.allConfirmed();
    lease.sent[0]?.confirmed.reject(lost);
    await expect(waited).rejects.toBe(lost);
    reporter.add(change('c'));
    await expect(reporter.allConfirmed()).rejects.toBe(lost);
    expect(lease.sent).toHaveLength(1);
    expect(failures).toEqual([lost]);
    expect(reporter.hasFailed).toBe(true);
  });
  it('publishes in a task that lives for as long as there is something to say', async () => {
    const lease = new HandLease();
    const reporter = new ChangeReporter(lease, tasks);
    reporter.add(change('a'));
    expect(tasks.inspect().tasks.map(({ name }) => name)).toEqual([`changes of ${lease.key}`]);
    lease.sent[0]?.confirmed.resolve();
    await reporter.allConfirmed();
    await turn();
    expect(tasks.inspect().tasks).toEqual([]);
  });

  it('fails when no task can be had', async () => {
    const closed = new Supervisor({ name: 'reports', limit: 1 });
    await closed.close();
    const reporter = new ChangeReporter(new HandLease(), closed);
    reporter.add(change('a'));
    await expect(reporter.allConfirmed()).rejects.toThrow('the supervisor is closed');
  });
});
