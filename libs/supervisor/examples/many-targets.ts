import { sleep, Supervisor } from '@signalbox/supervisor';

// Stands for real work that can be stopped, such as `fetch(url, { signal })`.
async function probe(host: string, signal: AbortSignal): Promise<string> {
  if (host === 'edge-2') throw new Error('connection refused');
  await sleep(host === 'edge-3' ? 60_000 : 5, signal);
  return 'is up';
}

await using supervisor = new Supervisor({
  name: 'probes',
  limit: 2, // bodies that run at once
  pendingLimit: 10, // tasks that wait; beyond them `spawn` itself waits, so the loop is bounded too
});

const tasks = [];
for (const host of ['edge-1', 'edge-2', 'edge-3', 'edge-4']) {
  const task = await supervisor.spawn(host, ({ signal }) => probe(host, signal), {
    runDeadlineMs: 100,
  });
  tasks.push(task);
}

for (const task of tasks) {
  const outcome = await task.outcome; // never rejects
  switch (outcome.status) {
    case 'succeeded':
      console.log(task.name, outcome.value);
      break;
    case 'failed':
      console.log(task.name, 'failed:', String(outcome.error));
      break;
    case 'timed-out':
    case 'cancelled':
      console.log(task.name, outcome.status);
  }
}

// Output:
// edge-1 is up
// edge-2 failed: Error: connection refused
// edge-3 timed-out
// edge-4 is up
