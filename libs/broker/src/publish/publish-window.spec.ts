import { describe, expect, it } from '@jest/globals';
import { PublishWindow } from './publish-window.js';

async function isIn(entering: Promise<void>): Promise<boolean> {
  let entered = false;
  void entering.then(
    () => (entered = true),
    () => undefined,
  );
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return entered;
}

describe('the window of unconfirmed messages', () => {
  it('lets in as many messages, and as many bytes, as fit', async () => {
    const window = new PublishWindow({ messages: 2, bytes: 100 });
    expect(await isIn(window.enter(40))).toBe(true);
    expect(await isIn(window.enter(61))).toBe(false);
    const full = new PublishWindow({ messages: 1, bytes: 100 });
    expect(await isIn(full.enter(1))).toBe(true);
    expect(await isIn(full.enter(1))).toBe(false);
  });

  it('lets a message go alone that is larger than the window', async () => {
    const window = new PublishWindow({ messages: 2, bytes: 100 });
    expect(await isIn(window.enter(500))).toBe(true);
    const next = window.enter(1);
    expect(await isIn(next)).toBe(false);
    window.leave(500);
    expect(await isIn(next)).toBe(true);
  });

  it('lets in who waits in order: nobody overtakes a large message', async () => {
    const window = new PublishWindow({ messages: 9, bytes: 100 });
    await window.enter(60);
    const large = window.enter(90);
    const small = window.enter(10);
    expect(await isIn(small)).toBe(false);
    window.leave(60);
    expect(await isIn(large)).toBe(true);
    expect(await isIn(small)).toBe(true);
  });

  it('gives room at once when there is some that nobody waits for', async () => {
    const window = new PublishWindow({ messages: 9, bytes: 100 });
    expect(window.tryEnter(60)).toBe(true);
    expect(window.tryEnter(41)).toBe(false);
    const large = window.enter(90);
    expect(window.tryEnter(10)).toBe(false);
    window.leave(60);
    expect(await isIn(large)).toBe(true);
    expect(window.tryEnter(10)).toBe(true);
  });

  it('lets in the next when the first in line gives up', async () => {
    const window = new PublishWindow({ messages: 9, bytes: 100 });
    await window.enter(60);
    const stop = new AbortController();
    const large = window.enter(90, stop.signal);
    const small = window.enter(10);
    stop.abort(new Error('enough'));
    await expect(large).rejects.toThrow('enough');
    expect(await isIn(small)).toBe(true);
  });

  it('gives the room to the next when the turn comes in the moment of giving up', async () => {
    const window = new PublishWindow({ messages: 1, bytes: 100 });
    await window.enter(1);
    const stop = new AbortController();
    const first = window.enter(1, stop.signal);
    const second = window.enter(1);
    window.leave(1);
    stop.abort(new Error('enough'));
    const results = await Promise.allSettled([first]);
    if (results[0]?.status === 'fulfilled') window.leave(1);
    expect(await isIn(second)).toBe(true);
  });
});
