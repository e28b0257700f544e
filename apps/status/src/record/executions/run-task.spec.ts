import { describe, expect, it } from '@jest/globals';
import { CancelTask, CommandAccepted, CommandRejected, RunTask, ServiceStarted } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import { EXECUTION, chunk, hosts, instance, run } from '../../../testing/messages.js';

const sshRunner = {
  instanceId: instance(1),
  processId: instance(1).slice(0, 36),
  service: 'task-runner',
  version: '0.1.0',
  plugins: [{ name: 'ssh', description: '', schema: {}, idempotent: false, timeoutMs: 60_000 }],
};

describe('S2: task.run', () => {
  it('of an unknown id is recorded, and what may run now is due', () => {
    const record = new RecordInMemory();
    const { replies, due } = run(record, 3);
    expect(replies).toMatchObject([{ contract: CommandAccepted, body: { id: EXECUTION } }]);
    expect(due).toBe(true);
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 1, owner: null, due: true, open: 3 });
    expect(record.counts(EXECUTION)).toMatchObject({ total: 3, waiting: 3, running: 0 });
  });

  it('with the same body again changes nothing and is answered the same', () => {
    const record = new RecordInMemory();
    run(record, 3);
    record.dispatch();
    const { replies, due } = run(record, 3);
    expect(replies).toMatchObject([{ contract: CommandAccepted }]);
    expect(due).toBe(false);
    expect(record.set.changes.newExecutions).toHaveLength(1);
    expect(record.set.changes.commands.map(({ result }) => result)).toEqual([
      'accepted',
      'repeated',
    ]);
  });

  it('with another body is refused, and the execution stays as it was', () => {
    const record = new RecordInMemory();
    run(record, 3);
    const { replies } = run(record, 4);
    expect(replies).toMatchObject([{ contract: CommandRejected, body: { code: 'id-reused' } }]);
    expect(record.execution(EXECUTION).total).toBe(3);
  });

  it('for a plugin that no running task-runner offers is refused and recorded, and answered the same again', () => {
    const record = new RecordInMemory();
    record.tell(ServiceStarted, { ...sshRunner, plugins: [] });
    for (const time of ['first', 'second']) {
      const { replies } = run(record, 1);
      expect({ time, replies }).toMatchObject({
        replies: [{ contract: CommandRejected, body: { code: 'unknown-plugin' } }],
      });
    }
    expect(record.execution(EXECUTION)).toMatchObject({
      outcome: 'rejected',
      code: 'unknown-plugin',
    });
    expect(record.dispatch()).toEqual([]);
  });

  it('is accepted while no task-runner runs, or when one offers the plugin', () => {
    const withoutRunners = new RecordInMemory();
    expect(run(withoutRunners, 1).replies).toMatchObject([{ contract: CommandAccepted }]);
    const withRunner = new RecordInMemory();
    withRunner.tell(ServiceStarted, sshRunner);
    expect(run(withRunner, 1).replies).toMatchObject([{ contract: CommandAccepted }]);
  });

  it('whose cancel came first ends cancelled at once, and nothing of it is due', () => {
    const record = new RecordInMemory();
    record.tell(CancelTask, { executionId: EXECUTION, reason: 'wrong release' });
    run(record, 3);
    expect(record.dispatch()).toEqual([]);
    expect(record.execution(EXECUTION)).toMatchObject({
      outcome: 'cancelled',
      code: 'cancelled',
      reason: 'wrong release',
    });
    expect(record.counts(EXECUTION)).toMatchObject({ cancelled: 3, waiting: 0 });
  });

  it('without a validated user is refused where one is required, and the id is not used up', () => {
    const record = new RecordInMemory({ requireUser: true });
    const { replies } = run(record, 1);
    expect(replies).toMatchObject([{ contract: CommandRejected, body: { code: 'user-required' } }]);
    expect(record.set.executions.size).toBe(0);
    const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(1) };
    const asked = record.tell(RunTask, body, { userId: 'release-desk' });
    expect(asked.replies).toMatchObject([{ contract: CommandAccepted }]);
    expect(record.execution(EXECUTION).requestedBy).toBe('release-desk');
  });

  it('that cannot be recorded as it is, is refused, and the id is not used up', () => {
    const record = new RecordInMemory();
    const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(1) };
    const { replies } = record.tell(RunTask, { ...body, args: { command: 'printf \0' } });
    expect(replies).toMatchObject([{ body: { code: 'contract-violated' } }]);
    expect(record.set.executions.size).toBe(0);
    expect(record.tell(RunTask, body).replies).toMatchObject([{ contract: CommandAccepted }]);
  });

  it('whose arguments would not fit a grant is refused', () => {
    const record = new RecordInMemory();
    const args = { command: 'x'.repeat(130 * 1024) };
    const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(1), args };
    expect(record.tell(RunTask, body).replies).toMatchObject([{ body: { code: 'too-large' } }]);
  });

  it('that asks for no reply gets none and is recorded all the same', () => {
    const record = new RecordInMemory();
    const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(1) };
    expect(record.tell(RunTask, body, { replyTo: undefined }).replies).toEqual([]);
    expect(record.execution(EXECUTION).requestedBy).toBe('unverified');
  });
});
