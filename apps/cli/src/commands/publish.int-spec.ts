import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { incomingMessage } from '#broker';
import { ExecutionChanged, decodeDocuments, definitionOf } from '#contracts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type CliRun } from '../../testing/cli-run.ts';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { EXIT } from '../exit-codes.js';

jest.setTimeout(30_000);

describe('signalbox publish', () => {
  const executionId = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
  let queues: DeadQueues;
  let folder: string;
  beforeAll(async () => {
    queues = await DeadQueues.declared();
    folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await queues[Symbol.asyncDispose]();
  });

  const publish = (...args: readonly string[]): Promise<CliRun> =>
    runCli(queues.url, '--json', 'publish', ...args);

  it('sends the body as it is, under our user, and prints the message id once the broker has it', async () => {
    const body = `{ "executionId": "${executionId}" }`;
    const id = ['--message-id', 'by-hand', '--header', 'note=x'];
    const { exitCode, objects } = await publish('task.pause', '--body', body, ...id);
    expect(exitCode).toBe(EXIT.ok);
    expect(objects).toEqual([
      {
        messageId: 'by-hand',
        type: 'task.pause',
        exchange: 'signalbox.commands',
        routingKey: 'task.pause',
      },
    ]);
    const [message] = await queues.take('status.record');
    expect(message?.content.toString()).toBe(body);
    expect(message && incomingMessage(message)).toMatchObject({
      type: 'task.pause',
      messageId: 'by-hand',
      userId: 'guest',
      contentType: 'application/json',
      headers: expect.objectContaining({ note: 'x' }),
    });
  });

  it('says everything that is wrong with a body, and sends nothing', async () => {
    const { exitCode, err } = await publish('task.run', '--body', '{"executionId":7,"tragets":[]}');
    expect(exitCode).toBe(EXIT.usage);
    for (const field of ['executionId', 'tragets', 'plugin', 'targets'])
      expect(err).toContain(field);
    expect(await queues.count('status.record')).toBe(0);
  });

  it('takes documents as NDJSON from a file', async () => {
    const file = join(folder, 'notes.ndjson');
    writeFileSync(file, '{"create":{"_index":"notes","_id":"1"}}\n{"text":"hello"}\n');
    expect((await publish('document.index', '--file', file)).exitCode).toBe(EXIT.ok);
    const [message] = await queues.take('indexer.documents');
    expect(decodeDocuments(message?.content ?? Buffer.alloc(0))).toMatchObject([
      { index: 'notes', id: '1' },
    ]);
  });

  it.each([
    ['a type that does not exist', ['task.fly', '--body', '{}'], 'there are: task.run'],
    ['a question', ['service.list', '--body', '{}'], 'nobody would get the answer'],
    ['what is for one process', ['lease.ping', '--body', '{}'], 'for one process only'],
    ['no body', ['task.run'], 'no body: give it by --body'],
    ['two bodies', ['task.run', '--body', '{}', '--file', 'x'], 'not by both'],
    ['a file that is not there', ['task.run', '--file', '/none'], 'cannot read /none'],
    ['a body that is no JSON', ['task.run', '--body', '{'], 'task.run'],
  ])('refuses %s', async (_, args, says) => {
    const { exitCode, err } = await publish(...args);
    expect(exitCode).toBe(EXIT.usage);
    expect(err).toContain(says);
  });

  it('says so when nobody would get it', async () => {
    const [example] = definitionOf(ExecutionChanged).examples;
    const body = JSON.stringify(example);
    const { exitCode, err } = await publish('execution.changed', '--body', body);
    expect(err).toContain('no queue takes execution.changed');
    expect(exitCode).toBe(EXIT.unreachable);
  });
});
