import { Supervisor, type TaskContext } from '@signalbox/supervisor';

await using supervisor = new Supervisor({ name: 'chunks', limit: 4 });
const work = (context: TaskContext): Promise<void> => context.sleep(60_000);

// A message that comes twice: the second spawn returns the task of the first.
const task = await supervisor.spawn('chunk 1', work, { key: '7f3a/1' });
const again = await supervisor.spawn('chunk 1', work, { key: '7f3a/1' });
console.log('the same task:', again === task);

console.log('cancel chunk 1:', supervisor.cancel('7f3a/1', 'no longer needed'));
console.log('chunk 1:', (await task.outcome).status);

// A cancel that overtakes its task is remembered: the body never starts.
console.log('cancel chunk 2:', supervisor.cancel('7f3a/2', 'no longer needed'));
const late = await supervisor.spawn('chunk 2', work, { key: '7f3a/2' });
const outcome = await late.outcome;
if (outcome.status === 'cancelled') {
  console.log(`chunk 2: ${outcome.reason.message}, started: ${outcome.started}`);
}

// Output:
// the same task: true
// cancel chunk 1: accepted
// chunk 1: cancelled
// cancel chunk 2: remembered
// chunk 2: no longer needed, started: false
