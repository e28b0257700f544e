import type { Publisher } from '#broker';
import { type OutputSettings, TargetOutput } from '#contracts';
import type { Logger } from '#runtime';
import { AttemptOutput } from './attempt-output.js';
import { IndexedOutput } from './indexed-output.js';
import { LiveOutput } from './live-output.js';
import type { OutputSource } from './output-sink.js';

/** What is told of output that did not arrive. */
export interface OutputMetrics {
  linesLost(count: number): void;
  pieceLeftOut(): void;
}

/** Connects the output of attempts with the broker: live to watchers and, where asked for, line by line to an index. */
export class AttemptOutputs {
  private readonly live: LiveOutput;

  constructor(
    private readonly publisher: Publisher,
    private readonly metrics: OutputMetrics,
    private readonly log: Logger,
  ) {
    this.live = new LiveOutput(
      (event) => publisher.publish(TargetOutput, event),
      () => metrics.pieceLeftOut(),
    );
  }

  /** @param signal aborted when the attempt has to end. */
  of(source: OutputSource, settings: OutputSettings, signal: AbortSignal): AttemptOutput {
    const { index } = settings;
    return new AttemptOutput(settings, signal, (abandoned) => [
      this.live.of(source),
      ...(index === undefined ? [] : [this.indexed(source, index, abandoned)]),
    ]);
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
