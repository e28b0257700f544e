import { describe, expect, it } from '@jest/globals';
import type { BrokerChannel } from '#broker';
import { GetExecutionAnswered } from '#contracts';
import { Deferred } from '#supervisor';
import type { Session } from '../broker/session.js';
import { EXIT } from '../exit-codes.js';
import { Console } from '../output/console.js';
import { watchExecution } from './watch-execution.js';

const executionId = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const none = { waiting: 0, running: 0, failed: 0, timedOut: 0, cancelled: 0, lost: 0, skipped: 0 };
const counts = { ...none, total: 1, succeeded: 1 };

type Reader = Parameters<BrokerChannel['consume']>[1];

/** A mesh with one execution that ends when the test says so. */
class FakeMesh {
  readonly listening = new Deferred<Reader>();
  private ended = false;

  /** @param trouble what happens to those who want to listen. */
  constructor(private readonly trouble?: Error) {}

  get session(): Session {
    const channel = {
      raw: { assertQueue: async () => {}, bindQueue: async () => {} },
      consume: async (_queue: string, reader: Reader) => this.listening.resolve(reader),
    };
    const openChannel = async () => {
      if (this.trouble) throw this.trouble;
      return channel;
    };
    const ask = async () =>
      Object.assign(new GetExecutionAnswered(), {
        executionId,
        plugin: 'http',
        requestedBy: 'me',
        recordedAt: 0,
        state: 'finished',
        counts: this.ended ? counts : { ...counts, succeeded: 0, running: 1 },
        ...(this.ended && { outcome: 'succeeded' }),
      });
    return { broker: { openChannel }, user: 'me', ask } as unknown as Session;
  }

  end(): void {
    this.ended = true;
  }
}

function deliver(reader: Reader, type: string, body: object | string): void {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const fields = { routingKey: `${type}.${executionId}`, redelivered: false };
  reader({ content, fields, properties: { type, headers: {} } } as Parameters<Reader>[0]);
}

function readConsole(): {
  readonly console: Console;
  readonly out: string[];
  readonly err: string[];
} {
  const [out, err]: [string[], string[]] = [[], []];
  const to = (lines: string[]) =>
    ({ isTTY: false, write: (text: string) => lines.push(text) }) as unknown as NodeJS.WriteStream;
  return { console: new Console(false, false, to(out), to(err)), out, err };
}

describe('watching an execution', () => {
  it('skips an event that cannot be read, with a warning, and goes on', async () => {
    const mesh = new FakeMesh();
    const { console, out, err } = readConsole();
    const watched = watchExecution(mesh.session, executionId, console);
    const reader = await mesh.listening.promise;
    deliver(reader, 'targets.changed', 'no JSON');
    deliver(reader, 'targets.changed', {
      key: `chunk/${executionId}/1`,
      epoch: 1,
      seq: 1,
      changes: [{ target: 'web-1', attempt: 1, state: 'succeeded' }],
    });
    mesh.end();
    deliver(reader, 'execution.finished', {
      executionId,
      outcome: 'succeeded',
      counts,
      finishedAt: 1,
    });
    expect(await watched).toBe(EXIT.ok);
    expect(err.join('')).toMatch(/^an event was skipped: .*targets\.changed/);
    expect(out.join('')).toContain('web-1');
  });

  it('asks the record alone when there are no events, and says so', async () => {
    const mesh = new FakeMesh(new Error('no permission'));
    const { console, err } = readConsole();
    mesh.end();
    expect(await watchExecution(mesh.session, executionId, console)).toBe(EXIT.ok);
    expect(err.join('')).toContain('no live events (no permission)');
  });
});
