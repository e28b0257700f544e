import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { turn } from '#supervisor';
import { joinWrites } from './joined-writes.js';

/** Keeps what reaches the system, a list for each call. */
function socketOf(calls: string[][]): Writable {
  const socket = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, done) {
      calls.push([chunk.toString()]);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  joinWrites(socket);
  return socket;
}

describe('joined writes', () => {
  it('leave together, once for each time that something writes', async () => {
    const calls: string[][] = [];
    const socket = socketOf(calls);
    for (const part of ['a', 'b', 'c']) socket.write(part);
    expect(calls).toEqual([]);
    await turn();
    socket.write('d');
    await turn();
    expect(calls).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('say when there is no room, and when there is again', async () => {
    const socket = socketOf([]);
    expect(socket.write('abc')).toBe(true);
    expect(socket.write('def')).toBe(false);
    let drained = 0;
    socket.on('drain', () => (drained += 1));
    await turn();
    expect(drained).toBe(1);
    expect(socket.write('g')).toBe(true);
  });

  it('lose nothing to an end that comes at once', async () => {
    const calls: string[][] = [];
    const socket = socketOf(calls);
    socket.write('a');
    socket.write('b');
    socket.end();
    await finished(socket);
    expect(calls.flat()).toEqual(['a', 'b']);
  });

  it('do nothing to a socket that was destroyed meanwhile', async () => {
    const calls: string[][] = [];
    const socket = socketOf(calls);
    socket.write('a');
    socket.destroy();
    await turn();
    expect(calls).toEqual([]);
  });
});
