import { Supervisor } from '@signalbox/supervisor';

const supervisor = new Supervisor({ name: 'requests', limit: 10 });

await supervisor.spawn('short request', (context) => context.sleep(10));
await supervisor.spawn('long request', (context) => context.sleep(60_000));
await supervisor.spawn('deaf driver', () => new Promise(() => {})); // looks at no signal

// Nothing starts from the first instruction on, and it returns within 300 ms, whatever runs.
const report = await supervisor.close({
  graceTimeoutMs: 200, // running tasks may finish
  closeTimeoutMs: 100, // then they are aborted, and this is what they get to stop
});

console.log(`${report.finished} finished, ${report.cancelled} cancelled`);
for (const task of report.stuck) console.log(`did not stop: ${task.name}, ${task.state}`);

// Output:
// 1 finished, 1 cancelled
// did not stop: deaf driver, stuck
