import { logTasks, unsampled, type Publisher } from '#broker';
import { type OutputSettings, TargetOutput } from '#contracts';
import type { Logger } from '#runtime';
import { Supervisor } from '#supervisor';
import { AttemptOutput } from './attempt-output.js';
import { IndexedOutput } from './indexed-output.js';
import { LiveOutput } from './live-output.js';
import type { OutputSource } from './output-sink.js';

/** What an abandoned output may take to stop. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What is told of output that did not arrive. */
export interface OutputMetrics {
  linesLost(count: number): void;
  pieceLeftOut(): void;
}

/** Connects the output of attempts with the broker: live to watchers and, where asked for, line by line to an index. */
export class AttemptOutputs {
  private readonly tasks: Supervisor;
  private readonly live: LiveOutput;

  /** @param attempts how many there are at once at most. */
  constructor(
    attempts: number,
    private readonly publisher: Publisher,
    private readonly metrics: OutputMetrics,
    private readonly log: Logger,
  ) {
    this.tasks = new Supervisor({
      name: 'outputs',
      limit: attempts,
      // Those that follow an attempt whose abandoned output has not stopped yet.
      pendingLimit: attempts,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      onStuck: 'replace',
      onOutcome: (outcome, { name }) => {
        if (outcome.status === 'failed')
          log.error({ err: outcome.error, task: name }, 'output lost');
      },
      ...logTasks(log, 'outputs'),
    });
    this.live = new LiveOutput(
      (event, signal) => unsampled(() => publisher.publish(TargetOutput, event, { signal })),
      () => metrics.pieceLeftOut(),
      log,
    );
  }

  /** The supervisors of what is on its way: of each attempt, and of each piece for watchers. */
  get supervisors(): readonly Supervisor[] {
    return [this.tasks, this.live.supervisor];
  }

  /**
   * @param signal aborted when the attempt has to end.
   * @throws {PluginFailedError} when nobody would take it; retryable.
   */
  of(source: OutputSource, settings: OutputSettings, signal: AbortSignal): AttemptOutput {
    const { index } = settings;
    return new AttemptOutput(settings, signal, {
      name: `output of ${source.target}, attempt ${source.attempt}`,
      tasks: this.tasks,
      sinksUntil: (abandoned) => [
        this.live.of(source),
        ...(index === undefined ? [] : [this.indexed(source, index, abandoned)]),
      ],
    });
  }

  /** Abandons what has not arrived. Resolves when that has stopped, or 2 s later without it. */
  async close(): Promise<void> {
    await this.tasks.close();
    await this.live.supervisor.close();
  }

  private indexed(source: OutputSource, index: string, abandoned: AbortSignal): IndexedOutput {
    return new IndexedOutput(
      source,
      index,
      (documents) => this.publisher.publishDocuments(documents, { signal: abandoned }),
      (lines, err) => {
        this.metrics.linesLost(lines);
        const { executionId, target, attempt } = source;
        this.log.warn({ err, executionId, target, attempt, lines, index }, 'output not indexed');
      },
    );
  }
}
