import { spanning } from '#broker';
import type { Logger } from '#runtime';
import type { Outcome, TaskContext } from '#supervisor';
import type { AttemptOutput } from '../output/attempt-output.js';
import { checkedResult } from '../plugins/checked-result.js';
import type { Plugin, PluginResult } from '../plugins/plugin.js';
import { toTarget } from '../targets/target.js';
import type { AttemptEnd } from './attempt-end.js';
import { attemptVerdict } from './attempt-outcome.js';
import { limitAttempt } from './attempt-timeout.js';
import type { NextAttempt } from './chunk-state.js';

/** What every attempt of a chunk runs with. */
export interface AttemptWork {
  readonly executionId: string;
  readonly plugin: Plugin;
  readonly args: object;
  readonly timeoutMs: number;
  readonly log: Logger;
  /** Where the output of an attempt goes; nothing waits for it after the signal's abort. */
  outputOf(attempt: NextAttempt, signal: AbortSignal): AttemptOutput;
  /** Hears how each attempt ended. */
  onEnd(attempt: NextAttempt, end: AttemptEnd): void;
}

/** One try on one target. Call `run` once, then `endOf` with what became of it. */
export class TargetAttempt {
  /** When it began, as the record knows it; milliseconds since 1970. */
  readonly startedAt: number;
  private output: AttemptOutput | undefined;

  /** @param abort ends the attempt: its signal must be the one that the supervisor hands to `run`. */
  constructor(
    readonly is: NextAttempt,
    private readonly work: AttemptWork,
    readonly abort: AbortController,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
  }

  /**
   * Runs the plugin, once `started` is confirmed: what runs without anybody's knowing would run
   * twice. Rejects when it is aborted before that, and with what the plugin throws.
   */
  run(context: TaskContext, started: Promise<void>): Promise<PluginResult> {
    const { target, attempt } = this.is;
    const attributes = { 'signalbox.target': target, 'signalbox.attempt': attempt };
    return spanning(
      `attempt ${this.work.plugin.name}`,
      { ...attributes, 'signalbox.execution.id': this.work.executionId },
      () => this.runOnce(context, started),
      (result) => (result.state === 'failed' ? result : undefined),
    );
  }

  private async runOnce(context: TaskContext, started: Promise<void>): Promise<PluginResult> {
    await context.wait(started);
    const output = this.work.outputOf(this.is, context.signal);
    this.output = output;
    const timeout = limitAttempt(this.work.timeoutMs, this.abort);
    try {
      return await this.runPlugin(output, context);
    } finally {
      timeout.cancel();
      await output.end();
    }
  }

  /** How it ended. Call it once. */
  endOf(outcome: Outcome<PluginResult>): AttemptEnd {
    const output = this.output?.summary();
    const end = {
      ...attemptVerdict(outcome, this.abort.signal.reason),
      startedAt: this.startedAt,
      endedAt: this.now(),
      ...(output && { output }),
    };
    this.work.onEnd(this.is, end);
    return end;
  }

  private async runPlugin(output: AttemptOutput, context: TaskContext): Promise<PluginResult> {
    const { plugin, args, executionId, log } = this.work;
    const { target, attempt } = this.is;
    const result = await plugin.run(toTarget(target), args, {
      executionId,
      attempt,
      signal: context.signal,
      output: (chunk, channel) => output.write(chunk, channel),
      spawn: (name, body) => context.spawn(name, body),
      log: log.child({ target, attempt }),
    });
    return checkedResult(plugin.name, result);
  }
}
