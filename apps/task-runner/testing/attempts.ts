import { CancelledError } from '#contracts';
import { Supervisor } from '#supervisor';
import type { Plugin, PluginContext, PluginResult } from '../src/plugins/plugin.js';
import type { Target } from '../src/targets/target.js';

/** An attempt that runs. */
export interface RunningAttempt {
  /** Settles as what the plugin's `run` returned did. */
  readonly result: Promise<PluginResult>;
  readonly abort: () => void;
}

/** Makes attempts with a plugin as a chunk does: each is a task, and what it spawns is a part of it. */
export class Attempts {
  readonly supervisor = new Supervisor({ name: 'targets', limit: 1_000, closeTimeoutMs: 10_000 });

  /** Attempt 3 on a target, of an execution that there is not. */
  async run<A extends object>(
    plugin: Plugin<A>,
    target: Target,
    args: A,
    output: PluginContext['output'],
  ): Promise<RunningAttempt> {
    const task = await this.supervisor.spawn(`attempt on ${target.name}`, (context) =>
      plugin.run(target, args, {
        executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
        attempt: 3,
        signal: context.signal,
        output,
        spawn: (name, body) => context.spawn(name, body),
        log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      }),
    );
    const result = task.outcome.then((outcome) => {
      if (outcome.status === 'succeeded') return outcome.value;
      throw outcome.status === 'failed' ? outcome.error : outcome.reason;
    });
    return { result, abort: () => task.cancel(new CancelledError('by the test')) };
  }
}

const ignore = (): void => {};
