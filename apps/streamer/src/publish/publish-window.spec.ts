import { describe, expect, it, jest } from '@jest/globals';
import type { IndexDocument, StreamPosition } from '#contracts';
import { silentLog } from '#runtime';
import { Deferred, ManualClock, abortable, turn } from '#supervisor';
import type { RejectedRecord } from '../document/rejected-record.js';
import type { BatchSink } from './batch-sink.js';
import { PublishTasks } from './publish-tasks.js';
import { PublishWindow } from './publish-window.js';
import type { Confirmation } from './publish-window.js';

/** A sink whose confirms the test gives, one by one. */
class HeldSink implements BatchSink {
  readonly calls: {
    readonly what: readonly (IndexDocument | RejectedRecord)[];
    confirm(): void;
    refuse(error: Error): void;
  }[] = [];

  publish(documents: readonly IndexDocument[], signal: AbortSignal): Promise<void> {
    return this.#hold(documents, signal);
  }

  bury(rejected: readonly RejectedRecord[], signal: AbortSignal): Promise<void> {
    return this.#hold(rejected, signal);
  }

  #hold(what: readonly (IndexDocument | RejectedRecord)[], signal: AbortSignal): Promise<void> {
    const { promise, resolve: confirm, reject: refuse } = new Deferred();
    this.calls.push({ what, confirm, refuse });
    return abortable(promise, signal);
  }
}

function setUp() {
  const sink = new HeldSink();
  const clock = new ManualClock();
  const confirmed: Confirmation[] = [];
  const tasks = new PublishTasks(1, silentLog);
  const window = new PublishWindow({
    streamId: 'test',
    sink,
    tasks,
    clock,
    onConfirmed: (confirmation) => confirmed.push(confirmation),
  });
  return { sink, clock, confirmed, window, tasks };
}

const at = (offset: number): StreamPosition => ({ by: 'bytes', etag: '"e"', offset });
const small = (n: number): IndexDocument => ({
  index: 'logs',
  id: String(n),
  source: Buffer.from('{}'),
});
const large = (n: number, bytes: number): IndexDocument => ({
  ...small(n),
  source: Buffer.alloc(bytes),
});
const offsets = (confirmed: readonly Confirmation[]) =>
  confirmed.map(({ position }) => position?.offset);

function addMany(window: PublishWindow, count: number, from = 1): void {
  for (let n = from; n < from + count; n += 1) window.add(small(n), at(n));
}

describe('PublishWindow', () => {
  it('sends a batch when it holds 500 records', () => {
    const { sink, window } = setUp();
    addMany(window, 1_200);
    expect(sink.calls.map(({ what }) => what.length)).toEqual([500, 500]);
  });

  it('sends a batch before 256 KiB are exceeded, and a larger document alone', () => {
    const { sink, window } = setUp();
    window.add(large(1, 200 * 1024), at(1));
    window.add(large(2, 100 * 1024), at(2));
    window.add(large(3, 300 * 1024), at(3));
    window.add(small(4), at(4));
    expect(sink.calls.map(({ what }) => what.length)).toEqual([1, 1, 1]);
  });

  it('sends a batch 200 ms after its first record, not after its last', () => {
    const { sink, clock, window } = setUp();
    window.add(small(1), at(1));
    clock.advance(150);
    window.add(small(2), at(2));
    clock.advance(49);
    expect(sink.calls).toHaveLength(0);
    clock.advance(1);
    expect(sink.calls.map(({ what }) => what.length)).toEqual([2]);
  });

  it('moves the position only over what is confirmed without a hole', async () => {
    const { sink, confirmed, window } = setUp();
    addMany(window, 1_500);
    sink.calls[1]?.confirm();
    sink.calls[2]?.confirm();
    await turn();
    expect(confirmed).toEqual([]);
    sink.calls[0]?.confirm();
    await turn();
    expect(confirmed).toEqual([{ position: at(1_500), documents: 1_500, rejected: 0 }]);
  });

  it('does not pass a rejected record before its dead letter is confirmed', async () => {
    const { sink, confirmed, window } = setUp();
    const record: RejectedRecord = {
      code: 'line-not-decodable',
      reason: 'not JSON',
      bytes: Buffer.from('x'),
      offset: 2,
      lengthBytes: 1,
    };
    window.add(small(1), at(2));
    window.reject(record, at(4));
    window.flush(at(4));
    sink.calls[0]?.confirm();
    await turn();
    expect(confirmed).toEqual([]);
    expect(sink.calls[1]?.what).toEqual([record]);
    sink.calls[1]?.confirm();
    await turn();
    expect(confirmed).toEqual([{ position: at(4), documents: 1, rejected: 1 }]);
  });

  it('is full at 16 unconfirmed batches, and takes more after a confirm', async () => {
    const { sink, window } = setUp();
    addMany(window, 16 * 500);
    expect(window.isFull).toBe(true);
    const onRoom = jest.fn();
    const room = window.room(new AbortController().signal).then(onRoom);
    await turn();
    expect(onRoom).not.toHaveBeenCalled();
    sink.calls[0]?.confirm();
    await room;
    expect(window.isFull).toBe(false);
  });

  it('stays full while only later batches are confirmed: memory is bounded', async () => {
    const { sink, window } = setUp();
    addMany(window, 16 * 500);
    for (const call of sink.calls.slice(1)) call.confirm();
    await turn();
    expect(window.isFull).toBe(true);
  });

  it('lets a waiting reader go when its signal aborts', async () => {
    const { window } = setUp();
    addMany(window, 16 * 500);
    const reason = new Error('stop');
    const controller = new AbortController();
    const waiting = window.room(controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('sends a batch that came of age while the window was full as soon as there is room', async () => {
    const { sink, clock, window } = setUp();
    addMany(window, 15 * 500 + 1);
    window.add(large(9_000, 256 * 1024), at(9_000));
    expect(sink.calls).toHaveLength(16);
    clock.advance(200);
    expect(sink.calls).toHaveLength(16);
    sink.calls[0]?.confirm();
    await turn();
    expect(sink.calls).toHaveLength(17);
  });

  it('is settled when everything is confirmed', async () => {
    const { sink, window } = setUp();
    await window.settled();
    window.add(small(1), at(1));
    const onSettled = jest.fn();
    const settled = window.settled().then(onSettled);
    window.flush(at(1));
    await turn();
    expect(onSettled).not.toHaveBeenCalled();
    sink.calls[0]?.confirm();
    await settled;
  });

  it('reports where reading stands behind what made no record', async () => {
    const { sink, confirmed, window } = setUp();
    window.flush(at(10));
    window.add(small(1), at(20));
    window.flush(at(30));
    window.flush(at(40));
    sink.calls[0]?.confirm();
    await turn();
    expect(offsets(confirmed)).toEqual([10, 40]);
  });

  it('sends the same again, in order, after a suspension', async () => {
    const { sink, confirmed, window } = setUp();
    addMany(window, 1_500);
    sink.calls[1]?.confirm();
    await turn();
    window.suspend();
    expect(window.isFull).toBe(true);
    window.flush(at(1_500));
    await turn();
    window.resume();
    expect(window.isFull).toBe(false);
    expect(sink.calls.slice(3).map(({ what }) => what)).toEqual([
      sink.calls[0]?.what,
      sink.calls[2]?.what,
    ]);
    sink.calls[3]?.confirm();
    sink.calls[4]?.confirm();
    await turn();
    expect(offsets(confirmed)).toEqual([1_000, 1_500]);
  });

  it('has a task for each unconfirmed batch, and none after its end', async () => {
    const { sink, window, tasks } = setUp();
    const names = (): string[] => tasks.inspect().tasks.map(({ name }) => name);
    addMany(window, 1_000);
    expect(names()).toEqual(['publish batch 1 of stream test', 'publish batch 2 of stream test']);
    sink.calls[0]?.confirm();
    await turn();
    expect(names()).toEqual(['publish batch 2 of stream test']);
    window.end(new Error('abandoned'));
    await turn();
    expect(names()).toEqual([]);
  });

  it('ends when its batches are run no more', async () => {
    const { window, tasks } = setUp();
    await tasks.close();
    addMany(window, 1_000);
    await expect(window.settled()).rejects.toThrow('"stream publishes" is closed');
  });

  it('ends with the error of the sink', async () => {
    const { sink, window } = setUp();
    const error = new Error('refused');
    addMany(window, 500);
    sink.calls[0]?.refuse(error);
    await expect(window.settled()).rejects.toBe(error);
    await expect(window.room(new AbortController().signal)).rejects.toBe(error);
    expect(window.isFull).toBe(true);
    window.resume();
    expect(window.isFull).toBe(true);
  });
});
