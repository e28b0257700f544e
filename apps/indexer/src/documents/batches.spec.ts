import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#supervisor';
import { Batches } from './batches.js';
import { HeldMessage } from './held-message.js';

const LIMITS = { maxDocuments: 3, maxBytes: 1_000, maxWaitMs: 200 };

function setUp() {
  const clock = new ManualClock();
  const batches = new Batches(LIMITS, clock);
  const taken: string[][] = [];
  const { signal } = new AbortController();
  const take = async (): Promise<void> => {
    taken.push((await batches.take(signal)).map(({ document }) => document.id));
  };
  return { clock, batches, taken, take };
}

function message(ids: string, bytes = 10): HeldMessage {
  const documents = Array.from(ids, (id) => ({ index: 'lines', id, source: Buffer.alloc(bytes) }));
  return new HeldMessage({ messageId: 'm', attempt: 1, headers: {}, documents }, 0);
}

describe('Batches', () => {
  it('closes a batch when it has enough documents', async () => {
    const { clock, batches, taken, take } = setUp();
    batches.add(message('abcde').documents);
    await take();
    expect(taken).toEqual([['a', 'b', 'c']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('closes a batch before it has too many bytes, and lets a larger document travel alone', async () => {
    const { batches, taken, take } = setUp();
    batches.add([
      ...message('ab', 400).documents,
      ...message('c', 2_000).documents,
      ...message('d').documents,
    ]);
    await take();
    await take();
    expect(taken).toEqual([['a', 'b'], ['c']]);
  });

  it('closes a batch at its deadline, counted from its first document', async () => {
    const { clock, batches, taken, take } = setUp();
    const taking = take();
    batches.add(message('a').documents);
    await clock.advanceAsync(150);
    batches.add(message('b').documents);
    await clock.advanceAsync(49);
    expect(taken).toEqual([]);
    await clock.advanceAsync(1);
    await taking;
    expect(taken).toEqual([['a', 'b']]);
  });

  it('goes on filling a batch past its deadline while nobody takes it', async () => {
    const { clock, batches, taken, take } = setUp();
    batches.add(message('a').documents);
    await clock.advanceAsync(1_000);
    batches.add(message('b').documents);
    await take();
    expect(taken).toEqual([['a', 'b']]);
  });

  it('serves takers in turn', async () => {
    const { batches, taken, take } = setUp();
    const takings = [take(), take()];
    batches.add(message('abcdef').documents);
    await Promise.all(takings);
    expect(taken).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });

  it('hands a batch that was put back out first, as it was', async () => {
    const { clock, batches, taken, take } = setUp();
    const first = message('ab').documents;
    batches.add(message('c').documents);
    batches.putBack(first);
    await take();
    await clock.advanceAsync(200);
    await take();
    expect(taken).toEqual([['a', 'b'], ['c']]);
  });

  it.each([
    ['when it is taken', false],
    ['when it is pruned', true],
  ])('leaves out documents whose message has ended, %s', async (_, prune) => {
    const { clock, batches, taken, take } = setUp();
    const gone = message('ab');
    batches.add([...gone.documents, ...message('c').documents, ...gone.documents]);
    gone.letGo(new Error('its channel is gone'));
    if (prune) batches.prune();
    await take();
    expect(taken).toEqual([['c']]);
    await clock.advanceAsync(1_000);
    const taking = take();
    batches.add(message('xyz').documents);
    await taking;
    expect(taken).toEqual([['c'], ['x', 'y', 'z']]);
  });

  it('rejects a taker with the reason of its signal, and gives its batch to the next', async () => {
    const { batches, taken, take } = setUp();
    const controller = new AbortController();
    const reason = new Error('stop');
    const gone = batches.take(controller.signal);
    controller.abort(reason);
    await expect(gone).rejects.toBe(reason);
    await expect(batches.take(AbortSignal.abort(reason))).rejects.toBe(reason);
    batches.add(message('abc').documents);
    await take();
    expect(taken).toEqual([['a', 'b', 'c']]);
  });
});
