import { describe, expect, it } from '@jest/globals';
import {
  CommandRejected,
  InvalidMessageError,
  encodeMessage,
  parseMessage,
  RunTask,
} from '#contracts';
import { EXECUTION, STREAM, STREAM_KEY, run, start } from '../../../testing/messages.js';
import { RecordInMemory, type Told } from '../../../testing/record-in-memory.js';
import type { RecordMessage } from '../message.js';
import { invalidCommand, type InvalidCommand } from './invalid-command.js';

/** What the record makes of a body that breaks its contract. */
function read(type: string, text: string): InvalidCommand | undefined {
  const bytes = Buffer.from(text);
  try {
    parseMessage(type, bytes);
  } catch (error) {
    if (error instanceof InvalidMessageError) return invalidCommand(type, bytes, error);
    throw error;
  }
  throw new Error(`${text} is a valid ${type}`);
}

function tell(record: RecordInMemory, type: string, body: object, envelope: object = {}): Told {
  const command = read(type, JSON.stringify(body));
  if (command === undefined) throw new Error('it does not say what it is about');
  const message: RecordMessage = {
    type,
    messageId: 'invalid',
    replyTo: 'asker',
    redelivered: false,
    ...envelope,
    ...command,
  };
  return record.apply(message);
}

const task = { executionId: EXECUTION, plugin: 'ssh', targets: ['host-1'] };
const mistyped = { ...task, policy: { timeoutMS: 5_000 } };

describe('S2: a command that breaks its contract', () => {
  it('uses up the id of a task.run: its execution is rejected, with code and reason', () => {
    const record = new RecordInMemory();
    const { replies, due } = tell(record, 'task.run', mistyped, { userId: 'desk' });
    expect(replies).toMatchObject([
      {
        contract: CommandRejected,
        body: { id: EXECUTION, code: 'contract-violated', reason: /policy\.timeoutMS/ },
      },
    ]);
    expect(due).toBe(false);
    expect(record.execution(EXECUTION)).toMatchObject({
      outcome: 'rejected',
      code: 'contract-violated',
      requestedBy: 'desk',
      total: 0,
    });
    expect(record.set.work.get(EXECUTION)?.plugin).toBe('ssh');
    expect(run(record, 3).replies).toMatchObject([{ body: { code: 'id-reused' } }]);
  });

  it('is answered the same when it comes again, and changes nothing', () => {
    const record = new RecordInMemory();
    const [first, second] = [1, 2].map((n) =>
      tell(record, 'task.run', mistyped, { messageId: `m-${n}`, redelivered: n === 2 }),
    );
    expect(second?.replies).toEqual(first?.replies);
    expect(record.set.changes.newExecutions).toHaveLength(1);
    expect(record.set.changes.commands.map(({ result }) => result)).toEqual([
      'rejected',
      'repeated',
    ]);
  });

  it('leaves the execution alone that has its id already', () => {
    const record = new RecordInMemory();
    run(record, 3);
    expect(tell(record, 'task.run', mistyped).replies).toMatchObject([
      { contract: CommandRejected, body: { code: 'id-reused' } },
    ]);
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: null, total: 3 });
  });

  it('is recorded without a plugin whose name cannot be read', () => {
    const record = new RecordInMemory();
    tell(record, 'task.run', { ...task, plugin: 7 });
    expect(record.set.work.get(EXECUTION)?.plugin).toBe('unreadable');
  });

  it.each([
    ['task.cancel', { executionId: EXECUTION, why: 'a typo' }, EXECUTION],
    ['task.targets', { executionId: EXECUTION, page: 0, targets: [] }, EXECUTION],
    ['task.pause', { executionId: EXECUTION, key: 7 }, EXECUTION],
    ['stream.start', { streamId: STREAM, url: 'nonsense' }, STREAM],
    ['stream.stop', { streamId: STREAM, key: 'stream/a', reason: 7 }, STREAM],
  ])('changes nothing but the audit list when it is a %s', (type, body, subject) => {
    const record = new RecordInMemory();
    run(record, 3);
    start(record);
    const before = structuredClone([record.execution(EXECUTION), record.lease(STREAM_KEY)]);
    const { replies } = tell(record, type, body, { redelivered: true });
    expect(replies).toMatchObject([
      { contract: CommandRejected, body: { id: subject, code: 'contract-violated' } },
    ]);
    expect(record.set.changes.commands.at(-1)).toMatchObject({
      type,
      subject,
      result: 'rejected',
      code: 'contract-violated',
    });
    expect([record.execution(EXECUTION), record.lease(STREAM_KEY)]).toEqual(before);
  });

  it('of an asker without a name is refused for that, where names are demanded: its id is not used up', () => {
    const record = new RecordInMemory({ requireUser: true });
    expect(tell(record, 'task.run', mistyped).replies).toMatchObject([
      { body: { code: 'user-required' } },
    ]);
    expect(record.set.executions.size).toBe(0);
  });

  it.each([
    ['without an id', 'task.run', '{"plugin":"ssh"}'],
    ['with an id that is none', 'task.run', '{"executionId":"../../etc"}'],
    ['with the id of something else', 'stream.start', `{"executionId":"${EXECUTION}"}`],
    ['that is a list', 'task.run', '[]'],
    ['that is null', 'task.run', 'null'],
    ['that is no JSON', 'task.run', `{"executionId":"${EXECUTION}"`],
    [
      'that is nested too deep',
      'task.run',
      `{"executionId":"${EXECUTION}","args":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ],
    ['that is no command', 'status.tick', '{}'],
    ['of a type that does not exist', 'task.ruin', `{"executionId":"${EXECUTION}"}`],
  ])('is one for the dead letters %s', (_, type, text) => {
    expect(read(type, text)).toBeUndefined();
  });

  it('is one for the dead letters when it is too large to be read', () => {
    const body = { ...task, plugin: 'x'.repeat(600 * 1024) };
    expect(() => encodeMessage(RunTask, body as never)).toThrow(/at most 524288/);
    expect(read('task.run', JSON.stringify(body))).toBeUndefined();
  });
});
