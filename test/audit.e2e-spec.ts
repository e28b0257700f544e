import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CancelTask, RunTask } from '#contracts';
import { signalboxCli } from './cli.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(60_000);

describe('who asked for what, and who holds what, as the command line tells it', () => {
  let status: StatusUnderTest;
  const ended = randomUUID();
  const cancelled = randomUUID();
  let heldKey: string;
  let instanceId: string;

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
    const worker = await status.startWorker();
    const run = { executionId: ended, plugin: 'ssh', targets: ['host-1'] };
    await status.ask(RunTask, run);
    const lease = await worker.takeWork();
    await worker.report(lease, { 'host-1': 'failed' });
    lease.finish();
    await status.ending(ended);
    await status.ask(RunTask, run);
    await status.ask(RunTask, { ...run, targets: ['host-2'] });
    await status.ask(CancelTask, { executionId: ended });
    await status.ask(CancelTask, { executionId: cancelled });
    await status.ask(RunTask, { ...run, executionId: cancelled });
    await status.run(['host-1']);
    heldKey = (await worker.takeWork()).key;
    instanceId = `${worker.processId}.1`;
  });

  afterAll(async () => {
    await status?.closeWorkers();
    await status?.close();
  });

  it('shows the newest commands first, how each ended, why one was refused, and what to type next', async () => {
    const { output, exitCode } = await signalbox('audit');
    const lines = output.split('\n');
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(/^AT +BY +TYPE +ID +RESULT$/);
    const of = (id: string) => lines.filter((line) => line.includes(id)).map((line) => line.trim());
    expect(of(cancelled)[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +\S+ +task\.run .* cancelled$/,
    );
    // In time or too late: the end of the execution tells.
    expect(of(cancelled)[1]).toMatch(/task\.cancel .* cancelled$/);
    expect(of(ended)[0]).toMatch(/task\.cancel .* failed$/);
    expect(of(ended)[1]).toMatch(/task\.run .* rejected$/);
    expect(of(ended).at(-2)).toMatch(/task\.run .* repeated$/);
    expect(of(ended).at(-1)).toMatch(/task\.run .* failed$/);
    expect(output).toMatch(
      /^ {2}id-reused: execution .* is another command.* \(message [\w-]+\)$/m,
    );
    expect(lines.at(-2)).toMatch(/signalbox show [\w-]+$/);
    expect(Math.max(...tableOf(lines).map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('filters by who, what, when and result', async () => {
    const results = async (...args: string[]) =>
      (await signalbox('--json', 'audit', ...args)).objects.map(({ type, result }) => [
        type,
        result,
      ]);
    expect(await results('--result', 'rejected')).toEqual([['task.run', 'rejected']]);
    expect(await results('--result', 'repeated')).toEqual([['task.run', 'repeated']]);
    expect(await results('--type', 'task.cancel', '--since', '1h')).toHaveLength(2);
    expect(await results('--by', status.user)).toHaveLength(7);
    expect(await results('--by', 'somebody-else')).toEqual([]);
    expect(await results('--until', '1h')).toEqual([]);
    expect((await signalbox('audit', '--until', '1h')).output).toContain('nothing like that');
    expect((await signalbox('audit', '--since', '1h', '--until', '2h')).exitCode).toBe(2);
  });

  it('goes through all pages, as far as the limit says', async () => {
    const cancels = Array.from({ length: 130 }, () => ({ executionId: randomUUID() }));
    await Promise.all(cancels.map((cancel) => status.ask(CancelTask, cancel)));
    const all = await signalbox('--json', 'audit', '--limit', '1000');
    expect(all.objects).toHaveLength(137);
    expect(new Set(all.objects.map(({ messageId }) => messageId)).size).toBe(137);
    const some = await signalbox('--json', 'audit', '--limit', '120');
    expect(some.objects).toEqual(all.objects.slice(0, 120));
    expect(some.errorOutput).toContain('the first 120 are shown; there are more, see --limit');
    // Far down the list, behind pages where nothing fits.
    const refused = await signalbox('--json', 'audit', '--result', 'rejected');
    expect(refused.objects).toHaveLength(1);
  });

  it('says who is there, what each holds and since when', async () => {
    const { output } = await signalbox('services', '--holds');
    const lines = output.trimEnd().split('\n');
    const at = lines.findIndex((line) => line.includes(instanceId));
    expect(lines[at]).toMatch(/^task-runner +alive +0\.1\.0 +1 for [\d.]+ m?s +ssh +/);
    expect(lines[at + 1]).toMatch(new RegExp(`^ {2}${heldKey} {2}for [\\d.]+ m?s$`));
    expect(output).toMatch(/^status +alive +/m);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  const signalbox = (...args: readonly string[]) =>
    signalboxCli(args, { AMQP_URL: status.amqpUrl });
});

/** Reasons stand whole below their rows. */
function tableOf(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.startsWith('  '));
}
