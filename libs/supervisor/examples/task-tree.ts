import { Supervisor, type TaskContext } from '@signalbox/supervisor';

async function deploy(host: string, context: TaskContext): Promise<void> {
  if (host.startsWith('old')) throw new Error('disk full');
  await context.sleep(20);
  console.log('deployed to', host);
}

await using supervisor = new Supervisor({ name: 'deployments', limit: 10 });

// fail-fast: the first failure aborts the others. collect: they go on, and all errors are told.
for (const onFailure of ['fail-fast', 'collect'] as const) {
  try {
    // Returns, or throws, once everything that was spawned in it has come to its end.
    await supervisor.scope({ name: 'release', onFailure, deadlineMs: 60_000 }, async (context) => {
      for (const host of ['web-1', 'web-2', 'old-1', 'old-2']) {
        await context.spawn(host, (child) => deploy(host, child));
      }
    });
  } catch (error) {
    console.log(`${onFailure}: ${String(error)}`);
  }
}

// Output:
// fail-fast: Error: disk full
// deployed to web-1
// deployed to web-2
// collect: AggregateError: 2 tasks of "release" failed: "old-1": disk full; "old-2": disk full
