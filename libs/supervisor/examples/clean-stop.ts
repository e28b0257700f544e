import { Readable } from 'node:stream';
import { sleep, Supervisor, type TaskContext } from '@signalbox/supervisor';

// Stands for the body of a response, or the output of a process: two lines, then silence.
function openLog(): Readable {
  const log = new Readable({ objectMode: true, read() {} });
  log.push('line 1');
  log.push('line 2');
  return log;
}

async function follow(context: TaskContext): Promise<void> {
  const log = openLog();
  // Runs at the abort, last registered first, each within its share of the closing time.
  context.onAbort((reason) => log.destroy(reason));
  let position = 0;
  try {
    for await (const line of log) {
      context.heartbeat(); // starts `idleTimeoutMs` anew
      position += 1;
      console.log(line);
    }
  } finally {
    // Every other wait rejects from the abort on; this one may go on, within its own time.
    await context.shield((within) => save(position, within.signal), { timeoutMs: 1_000 });
  }
}

async function save(position: number, signal: AbortSignal): Promise<void> {
  await sleep(5, signal); // stands for a write to a database
  console.log('saved position', position);
}

await using supervisor = new Supervisor({ name: 'logs', limit: 10, closeTimeoutMs: 5_000 });
const task = await supervisor.spawn('follow edge-1', follow, { idleTimeoutMs: 100 });
const outcome = await task.outcome;
if (outcome.status === 'timed-out') {
  console.log(`timed out: ${outcome.which}, stuck: ${outcome.stuck}`);
}

// Output:
// line 1
// line 2
// saved position 2
// timed out: idle, stuck: false
