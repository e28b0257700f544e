import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decodeDocuments,
  encodeDocuments,
  type IndexDocument,
  type TargetOutput,
} from '#contracts';
import { silentLog } from '#runtime';
import { Deferred, Supervisor, turn } from '#supervisor';
import { AttemptOutput } from './attempt-output.js';
import { IndexedOutput } from './indexed-output.js';
import { LiveOutput } from './live-output.js';
import type { OutputPiece } from './output-capture.js';
import type { OutputSink } from './output-sink.js';

const limits = { capBytes: 1_000_000, tailBytes: 4_096 };
const source = {
  key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
  epoch: 1,
  executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
  plugin: 'exec',
  target: 'edge-1',
  attempt: 2,
};

/** A sink that takes a piece when the test says so. */
class SlowSink implements OutputSink {
  readonly texts: string[] = [];
  readonly taken: Deferred[] = [];

  write({ text }: OutputPiece): Promise<void> {
    this.texts.push(text);
    const taken = new Deferred();
    this.taken.push(taken);
    return taken.promise;
  }

  async end(): Promise<void> {}
}

let tasks: Supervisor;
beforeEach(() => {
  tasks = new Supervisor({ name: 'outputs', limit: 10, closeTimeoutMs: 10 });
});
afterEach(() => tasks.close());

function outputTo(
  signal: AbortSignal,
  sinksUntil: (abandoned: AbortSignal) => readonly OutputSink[],
): AttemptOutput {
  return new AttemptOutput(limits, signal, { name: 'output of edge-1', tasks, sinksUntil });
}

const never = new AbortController().signal;

/** Says whether a promise has settled. */
function watched(promise: Promise<unknown>): { readonly isPending: boolean } {
  const state = { isPending: true };
  const settled = (): void => {
    state.isPending = false;
  };
  promise.then(settled, settled);
  return state;
}

describe('AttemptOutput', () => {
  it('makes the program wait for a sink', async () => {
    const sink = new SlowSink();
    const output = outputTo(never, () => [sink]);
    const written = output.write('a');
    const state = watched(written);
    await turn();
    expect(state.isPending).toBe(true);
    sink.taken[0]?.resolve();
    await written;
  });

  it('waits for nothing after the abort, and leaves out what a busy sink cannot take', async () => {
    const sink = new SlowSink();
    const abort = new AbortController();
    const output = outputTo(abort.signal, () => [sink]);
    const written = output.write('a');
    await turn();
    abort.abort();
    await written;
    await output.write('b');
    await output.end();
    expect(sink.texts).toEqual(['a']);
    expect(output.summary()).toEqual({ tail: 'ab', bytes: 2, truncated: false });
  });

  it('gives its last words a moment after the abort, then abandons them', async () => {
    const abort = new AbortController();
    const arrived = new Deferred();
    let abandoned: AbortSignal | undefined;
    const output = outputTo(abort.signal, (signal) => {
      abandoned = signal;
      return [{ write: async () => {}, end: () => arrived.promise }];
    });
    abort.abort();
    const ended = output.end();
    const state = watched(ended);
    await turn();
    expect(state.isPending).toBe(true);
    expect(abandoned?.aborted).toBe(false);
    await ended;
    expect(abandoned?.aborted).toBe(true);
    arrived.resolve();
  });

  it('cuts large writes into pieces that fit into a message', async () => {
    const pieces: OutputPiece[] = [];
    const sink = {
      write: async (piece: OutputPiece) => void pieces.push(piece),
      end: async () => {},
    };
    const output = outputTo(never, () => [sink]);
    await output.write(Buffer.alloc(150_000, 'x'), 'stderr');
    expect(pieces.map(({ offset }) => offset)).toEqual([0, 65_536, 131_072]);
  });

  it('has no summary when nothing was written', () => {
    expect(outputTo(never, () => []).summary()).toBeUndefined();
  });
});

describe('the task of an output', () => {
  it('lives until all of it has arrived, and is stuck when a sink never takes it', async () => {
    const sink = new SlowSink();
    const abort = new AbortController();
    const output = outputTo(abort.signal, () => [sink]);
    const written = output.write('a');
    await turn();
    const [task] = tasks.inspect().tasks;
    expect(task).toMatchObject({ name: 'output of edge-1', state: 'running' });
    abort.abort();
    await written;
    await output.end();
    await tasks.close();
    expect(tasks.inspect().tasks).toMatchObject([{ name: 'output of edge-1', state: 'stuck' }]);
    sink.taken[0]?.resolve();
    await turn();
    expect(tasks.inspect().tasks).toEqual([]);
  });

  it('is asked for first: without it there is no output', async () => {
    await tasks.close();
    expect(() => outputTo(never, () => [])).toThrow('the supervisor of outputs is closed');
  });
});

describe('LiveOutput', () => {
  it('leaves pieces out while too many are on their way, and goes on afterwards', async () => {
    const sent: { event: TargetOutput; arrived: Deferred }[] = [];
    let leftOut = 0;
    const live = new LiveOutput(
      (event) => {
        const arrived = new Deferred();
        sent.push({ event, arrived });
        return arrived.promise;
      },
      () => (leftOut += 1),
      silentLog,
    );
    const sink = live.of(source);
    for (let i = 0; i < 100; i++) await sink.write({ channel: 'stdout', offset: i, text: 'x' });
    expect(sent).toHaveLength(64);
    expect(leftOut).toBe(36);
    expect(live.supervisor.inspect().tasks[0]?.name).toBe('live output of edge-1');
    sent[0]?.arrived.resolve();
    sent[1]?.arrived.reject(new Error('no broker'));
    await turn();
    expect(leftOut).toBe(37);
    await sink.write({ channel: 'stdout', offset: 100, text: 'y' });
    expect(sent.at(-1)?.event).toMatchObject({
      target: 'edge-1',
      attempt: 2,
      offset: 100,
      data: 'y',
    });
  });
});

describe('IndexedOutput', () => {
  const at = Date.UTC(2025, 10, 24, 12);

  function indexed(publish: (documents: readonly IndexDocument[]) => Promise<void>) {
    const lost: number[] = [];
    const sink = new IndexedOutput(
      source,
      'runs-%Y.%m.%d',
      publish,
      (n) => lost.push(n),
      () => at,
    );
    return { sink, lost };
  }

  it('makes a document of each line, with the same id each time', async () => {
    const ids: string[][] = [];
    for (let time = 0; time < 2; time++) {
      const published: IndexDocument[] = [];
      const { sink } = indexed(async (documents) => void published.push(...documents));
      await sink.write({ channel: 'stderr', offset: 0, text: 'one\ntwo' });
      await sink.end();
      expect(published.map(({ index }) => index)).toEqual(Array(2).fill('runs-2025.11.24'));
      expect(JSON.parse(String(published[1]?.source))).toEqual({
        '@timestamp': '2025-11-24T12:00:00.000Z',
        message: 'two',
        executionId: source.executionId,
        plugin: 'exec',
        target: 'edge-1',
        attempt: 2,
        channel: 'stderr',
        ordinal: 2,
      });
      ids.push(published.map(({ id }) => id));
    }
    expect(ids[0]).toEqual(ids[1]);
  });

  it('publishes messages that every reader takes', async () => {
    let lines = 0;
    const { sink } = indexed(async (documents) => {
      lines += decodeDocuments(encodeDocuments(documents)).length;
    });
    await sink.write({ channel: 'stdout', offset: 0, text: 'x\n'.repeat(1_200) });
    await sink.write({
      channel: 'stdout',
      offset: 0,
      text: `${'\u0001'.repeat(16_000)}\n`.repeat(9),
    });
    expect(lines).toBe(1_209);
  });

  it('tells how many lines were lost, and goes on', async () => {
    let works = false;
    const { sink, lost } = indexed(async () => {
      if (!works) throw new Error('too large');
    });
    await sink.write({ channel: 'stdout', offset: 0, text: 'a\nb\n' });
    works = true;
    await sink.write({ channel: 'stdout', offset: 4, text: 'c\n' });
    expect(lost).toEqual([2]);
  });
});
