import { describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError } from '#contracts';
import { silentLog } from '#runtime';
import { Deferred, ManualClock, turn } from '#supervisor';
import type { RecordMessage } from '../record/message.js';
import { RecordBatcher, type BatchLimits, type BatchWriter } from './record-batcher.js';

const LIMITS: BatchLimits = { messages: 3, bytes: 100 };
const LIVING = new AbortController().signal;

/** A writer that writes when it is told to. */
class HandWriter implements BatchWriter {
  readonly batches: string[][] = [];
  begin = (): Promise<void> => Promise.resolve();
  private readonly written: Deferred<ReadonlyMap<RecordMessage, unknown>>[] = [];
  private messages: readonly (readonly RecordMessage[])[] = [];

  readonly write = (messages: readonly RecordMessage[]) => {
    this.batches.push(messages.map(({ messageId }) => messageId));
    this.messages = [...this.messages, messages];
    const written = new Deferred<ReadonlyMap<RecordMessage, unknown>>();
    this.written.push(written);
    return written.promise;
  };

  /** So many batches have come. */
  async has(count: number): Promise<void> {
    while (this.batches.length < count) await turn();
  }

  /** The n-th batch is written, but for these of its messages. */
  done(n: number, refused: readonly string[] = []): void {
    const culprits = this.messages[n]?.filter(({ messageId }) => refused.includes(messageId)) ?? [];
    this.written[n]?.resolve(new Map(culprits.map((message) => [message, new Error('refused')])));
  }

  failed(n: number, error: Error): void {
    this.written[n]?.reject(error);
  }
}

function message(messageId: string): RecordMessage {
  return { type: 'status.tick', messageId, redelivered: false, body: {} };
}

describe('deliveries of status.record', () => {
  it('that come together are written together', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const recorded = ['a', 'b'].map((id) => batcher.add(message(id), 1, LIVING));
    await turn();
    expect(writer.batches).toEqual([['a', 'b']]);
    writer.done(0);
    await expect(Promise.all(recorded)).resolves.toEqual([undefined, undefined]);
  });

  it('that became void while the writer began are not written: a process that was frozen has lost them', async () => {
    const writer = new HandWriter();
    const begun = new Deferred();
    writer.begin = () => begun.promise;
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const lost = new AbortController();
    const [gone, kept] = [
      batcher.add(message('gone'), 1, lost.signal),
      batcher.add(message('kept'), 1, LIVING),
    ];
    await turn();
    lost.abort(new Error('the channel is gone'));
    begun.resolve();
    await expect(gone).rejects.toBeInstanceOf(DependencyUnavailableError);
    await writer.has(1);
    expect(writer.batches).toEqual([['kept']]);
    writer.done(0);
    await kept;
  });

  it('all go back when the writer cannot begin', async () => {
    const writer = new HandWriter();
    const down = new DependencyUnavailableError('PostgreSQL is down');
    writer.begin = () => Promise.reject(down);
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const recorded = ['a', 'b', 'c', 'd'].map((id) => batcher.add(message(id), 1, LIVING));
    for (const one of recorded) await expect(one).rejects.toBe(down);
    expect(writer.batches).toEqual([]);
  });

  it('that come while a batch is being written are the next one, in order', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const first = batcher.add(message('a'), 1, LIVING);
    await turn();
    const others = ['b', 'c', 'd', 'e'].map((id) => batcher.add(message(id), 1, LIVING));
    writer.done(0);
    await first;
    await writer.has(2);
    expect(writer.batches).toEqual([['a'], ['b', 'c', 'd']]);
    writer.done(1);
    await writer.has(3);
    expect(writer.batches[2]).toEqual(['e']);
    writer.done(2);
    await Promise.all(others);
  });

  it('are as many as fit the limit of bytes, and at least one', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const sizes: [string, number][] = [
      ['a', 60],
      ['b', 60],
      ['c', 500],
    ];
    const recorded = sizes.map(([id, bytes]) => batcher.add(message(id), bytes, LIVING));
    for (const n of [0, 1, 2]) {
      await writer.has(n + 1);
      writer.done(n);
    }
    await Promise.all(recorded);
    expect(writer.batches).toEqual([['a'], ['b'], ['c']]);
  });

  it('fail alone when they can never be recorded', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const good = batcher.add(message('good'), 1, LIVING);
    const bad = batcher.add(message('bad'), 1, LIVING);
    await turn();
    writer.done(0, ['bad']);
    await expect(bad).rejects.toThrow('refused');
    await expect(good).resolves.toBeUndefined();
  });

  it('all go back, also those behind the batch, when nothing can be recorded now', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const first = batcher.add(message('a'), 1, LIVING);
    await turn();
    const behind = batcher.add(message('b'), 1, LIVING);
    const gone = new DependencyUnavailableError('no database');
    writer.failed(0, gone);
    await expect(first).rejects.toBe(gone);
    await expect(behind).rejects.toBe(gone);
    expect(writer.batches).toEqual([['a']]);
  });

  it('are left out when they went back to the queue while they waited', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const session = new AbortController();
    const first = batcher.add(message('a'), 1, LIVING);
    await turn();
    const void_ = batcher.add(message('void'), 1, session.signal);
    const last = batcher.add(message('b'), 1, LIVING);
    session.abort(new Error('channel lost'));
    writer.done(0);
    await expect(void_).rejects.toBeInstanceOf(DependencyUnavailableError);
    await writer.has(2);
    expect(writer.batches).toEqual([['a'], ['b']]);
    writer.done(1);
    await Promise.all([first, last]);
  });

  it('that come after a batch has failed are written, though nothing was left behind it', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const first = batcher.add(message('a'), 1, LIVING);
    await turn();
    const behind = batcher.add(message('b'), 1, LIVING);
    writer.failed(0, new DependencyUnavailableError('no database'));
    await expect(first).rejects.toThrow('no database');
    await expect(behind).rejects.toThrow('no database');
    const next = batcher.add(message('c'), 1, LIVING);
    await writer.has(2);
    writer.done(1);
    await next;
    expect(writer.batches).toEqual([['a'], ['c']]);
  });

  it('go back when it is closed, but for the batch that is being written', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const first = batcher.add(message('a'), 1, LIVING);
    await turn();
    const behind = batcher.add(message('b'), 1, LIVING);
    const closed = batcher.close();
    await expect(behind).rejects.toBeInstanceOf(DependencyUnavailableError);
    await expect(batcher.add(message('c'), 1, LIVING)).rejects.toThrow('stopping');
    writer.done(0);
    await Promise.all([first, closed]);
    expect(writer.batches).toEqual([['a']]);
  });

  it('are written by a task that everybody can see', async () => {
    const writer = new HandWriter();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const recorded = ['a', 'b'].map((id) => batcher.add(message(id), 60, LIVING));
    await writer.has(1);
    expect(batcher.supervisor.inspect()).toMatchObject({
      tasks: [
        { name: 'write a batch', state: 'running' },
        { name: 'write a batch', state: 'pending' },
      ],
    });
    for (const n of [0, 1]) {
      await writer.has(n + 1);
      writer.done(n);
    }
    await Promise.all(recorded);
  });

  it('that are void do not make this process the writer: another one may be', async () => {
    const writer = new HandWriter();
    let begun = 0;
    writer.begin = () => Promise.resolve(void (begun += 1));
    const batcher = new RecordBatcher(writer, LIMITS, silentLog);
    const gone = AbortSignal.abort(new Error('the channel is lost'));
    const late = batcher.add(message('late'), 1, gone);
    await expect(late).rejects.toThrow('went back');
    expect(begun).toBe(0);
    const recorded = batcher.add(message('a'), 1, LIVING);
    await writer.has(1);
    writer.done(0);
    await recorded;
    expect(begun).toBe(1);
  });

  it('make trouble known when a batch is held up, and only then', async () => {
    const writer = new HandWriter();
    const clock = new ManualClock();
    const batcher = new RecordBatcher(writer, LIMITS, silentLog, clock);
    expect(batcher.trouble()).toBeUndefined();
    const recorded = ['a', 'b', 'c', 'd'].map((id) => batcher.add(message(id), 1, LIVING));
    await writer.has(1);
    clock.advance(9_999);
    expect(batcher.trouble()).toBeUndefined();
    clock.advance(1);
    expect(batcher.trouble()).toMatch(/^the record stands still: .* not been recorded for 10 s/);
    writer.done(0);
    await writer.has(2);
    expect(batcher.trouble()).toBeUndefined();
    writer.done(1);
    await Promise.all(recorded);
    clock.advance(60_000);
    expect(batcher.trouble()).toBeUndefined();
  });
});
