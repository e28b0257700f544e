import { describe, expect, it } from '@jest/globals';
import { Deferred, Gate, turn } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { RecordedLog } from '../testing/recorded-log.js';
import { BrokerTasks } from './broker-tasks.js';

describe('what the broker library does by itself', () => {
  it('has names, and is no trouble while it goes on or ends in order', async () => {
    const tasks = new BrokerTasks(new RecordedLog());
    tasks.run('connection (publish)', (task) => task.sleep(Infinity));
    await tasks.run('close channel', async () => undefined)?.outcome;
    const { name, tasks: live } = tasks.supervisor.inspect();
    expect([name, live.map((task) => task.name)]).toEqual(['broker', ['connection (publish)']]);
    expect(tasks.trouble()).toBeUndefined();
    await tasks.close();
    expect(tasks.supervisor.inspect().tasks).toEqual([]);
  });

  it('is in the log and in trouble for good once a loop has died', async () => {
    const log = new RecordedLog();
    const tasks = new BrokerTasks(log);
    const defect = new TypeError('undefined is not a function');
    await tasks.run('consume task.run', () => Promise.reject(defect))?.outcome;
    await tasks.run('consume task.stop', () => Promise.reject(new Error('another')))?.outcome;
    expect(tasks.trouble()).toMatch(
      /"consume task.run" failed.+restart the service \(undefined is not/,
    );
    expect(log.lines[0]).toEqual({
      level: 'error',
      message: 'a task of the broker failed: a defect',
      facts: { task: 'consume task.run', err: defect },
    });
    expect(log.messages('error')).toHaveLength(2);
    await tasks.close();
    expect(tasks.trouble()).toBeDefined();
  });

  it('says when it is too much at once', async () => {
    const tasks = new BrokerTasks(new RecordedLog());
    const { limit } = tasks.supervisor.inspect();
    for (let n = 0; n < limit; n += 1) tasks.run(`errand ${n}`, (task) => task.sleep(Infinity));
    expect(tasks.trouble()).toBeUndefined();
    expect(tasks.run('one more', async () => undefined)).toBeUndefined();
    expect(tasks.trouble()).toMatch(/"one more" failed.+64 tasks of the broker run already/);
    await tasks.close();
  });

  it('takes nothing once it is closed, which is no trouble', async () => {
    const tasks = new BrokerTasks(new RecordedLog());
    await Promise.all([tasks.close(), tasks.close()]);
    expect(tasks.run('late', async () => undefined)).toBeUndefined();
    expect(tasks.trouble()).toBeUndefined();
  });

  it('logs what fails after nobody waited for it any more', async () => {
    const log = new RecordedLog();
    const tasks = new BrokerTasks(log);
    const probing = new Deferred();
    tasks.run('probe of indexer.documents', (task) => task.wait(probing.promise));
    await tasks.close();
    probing.reject(new Error('no answer'));
    await turn();
    expect(log.messages('warn')).toEqual(['task failed after it was given up']);
  });

  it('logs once that a task takes long to stop', async () => {
    const log = new RecordedLog();
    const tasks = new BrokerTasks(log);
    const mayEnd = new Gate();
    const slow = tasks.run('consume indexer.documents', () => mayEnd.wait());
    slow?.cancel('drained');
    await eventually('it is logged', () => log.lines.length > 0);
    mayEnd.open();
    await tasks.close();
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'task overdue',
        facts: expect.objectContaining({
          supervisor: 'broker',
          task: 'consume indexer.documents',
          kind: 'slow-close',
          closingMs: expect.any(Number),
        }),
      },
    ]);
  });
});
