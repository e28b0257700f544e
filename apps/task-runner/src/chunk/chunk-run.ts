import type { ChunkGrant } from '#contracts';
import type { Logger } from '#runtime';
import { onAbort } from '#supervisor';
import type { AttemptOutputs } from '../output/attempt-outputs.js';
import type { Plugin } from '../plugins/plugin.js';
import { checkArguments, InvalidArgumentsError } from '../plugins/plugin-arguments.js';
import { type Plugins, UnknownPluginError } from '../plugins/plugins.js';
import type { ChunkLease } from './chunk-lease.js';
import type { ChunkMetrics } from './chunk-metrics.js';
import { ChunkRunner, type ChunkTasks } from './chunk-runner.js';
import { type ChunkPlan, ChunkState } from './chunk-state.js';
import { refuseChunk } from './refuse-chunk.js';
import type { AttemptWork } from './target-attempt.js';

/** What every chunk of this process runs with. */
export interface ChunkParts {
  readonly plugins: Plugins;
  readonly tasks: ChunkTasks;
  readonly outputs: AttemptOutputs;
  readonly metrics: ChunkMetrics;
  readonly log: Logger;
}

/**
 * One chunk under one lease, from its grant to the end of the lease:
 *
 * - every target has its outcome: nothing more to say;
 * - drained: `lease.released`, naming the targets that were interrupted;
 * - no such plugin, or its arguments do not fit: every target fails with that code;
 * - the lease is lost: what runs is ended, and nothing more is published.
 *
 * When it ends nothing of it runs, except plugins that do not stop (they keep their slots).
 */
export class ChunkRun {
  private readonly log: Logger;

  constructor(
    private readonly lease: ChunkLease,
    private readonly grant: ChunkGrant,
    private readonly parts: ChunkParts,
  ) {
    const { executionId, plugin } = grant;
    this.log = parts.log.child({ key: lease.key, epoch: lease.epoch, executionId, plugin });
  }

  /**
   * Runs it. Once; never rejects.
   *
   * @param drain begin nothing more, and give the rest back when nothing runs.
   * @param interrupt end what runs, and give it back too.
   */
  async run(drain: AbortSignal, interrupt: AbortSignal): Promise<void> {
    try {
      await this.runTargets(await this.prepare(), drain, interrupt);
    } catch (error) {
      await this.conclude(error);
    } finally {
      this.lease.finish();
    }
  }

  private async prepare(): Promise<PreparedPlugin> {
    const plugin = this.parts.plugins.get(this.grant.plugin);
    return { plugin, args: await checkArguments(plugin, this.grant.args) };
  }

  private async runTargets(
    prepared: PreparedPlugin,
    drain: AbortSignal,
    interrupt: AbortSignal,
  ): Promise<void> {
    const { grant, lease, parts } = this;
    const state = new ChunkState(this.planFor(prepared.plugin));
    const runner = new ChunkRunner(lease, state, this.workOf(prepared), parts.tasks);
    const stopListening = [
      onAbort(drain, () => runner.drain()),
      onAbort(interrupt, () => runner.interrupt()),
    ];
    this.log.info({ targets: grant.known.length }, 'chunk taken');
    try {
      const end = await runner.run(grant.remainingMs);
      if (end.ended === 'drained') await lease.release(end.interrupted);
      this.log.info(end, 'chunk ended');
    } finally {
      for (const stop of stopListening) stop();
    }
  }

  private planFor(plugin: Plugin): ChunkPlan {
    const { known, retries, concurrency, failuresLeft } = this.grant;
    const onLost = this.grant.onLost ?? (plugin.idempotent ? 'retry' : 'fail');
    return { known, onLost, retries, concurrency, failuresLeft };
  }

  private workOf({ plugin, args }: PreparedPlugin): AttemptWork {
    const { grant, lease, log } = this;
    const { key, epoch } = lease;
    const { executionId, output } = grant;
    const { outputs, metrics } = this.parts;
    return {
      executionId,
      plugin,
      args,
      timeoutMs: grant.timeoutMs ?? plugin.timeoutMs,
      log,
      outputOf: (next, signal) =>
        outputs.of({ key, epoch, executionId, plugin: plugin.name, ...next }, output, signal),
      onEnd: (next, { state, startedAt, endedAt }) => {
        metrics.attemptEnded(plugin.name, state);
        log.debug({ ...next, state, durationMs: endedAt - startedAt }, 'attempt ended');
      },
    };
  }

  private async conclude(error: unknown): Promise<void> {
    try {
      if (!isRefusal(error)) throw error;
      await refuseChunk(this.lease, this.grant.known, error, this.parts.tasks.reports);
      this.log.warn({ err: error }, 'chunk refused');
    } catch (err) {
      if (this.lease.lost.aborted) this.log.warn({ err }, 'chunk let go');
      else this.log.error({ err }, 'chunk ended by a defect');
    }
  }
}

interface PreparedPlugin {
  readonly plugin: Plugin;
  readonly args: object;
}

function isRefusal(error: unknown): error is UnknownPluginError | InvalidArgumentsError {
  return error instanceof UnknownPluginError || error instanceof InvalidArgumentsError;
}
