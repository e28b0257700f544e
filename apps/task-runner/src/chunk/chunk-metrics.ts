import { Counter, type Registry } from 'prom-client';
import type { AttemptEnd } from './attempt-end.js';

/** Counts what the chunks of this process do, over all of them. */
export class ChunkMetrics {
  private readonly attempts: Counter<'plugin' | 'state'>;
  private readonly lostLines: Counter;
  private readonly leftOutPieces: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'signalbox_task_runner_attempts_total',
      help: 'Attempts on targets that ended, by plugin and by how.',
      labelNames: ['plugin', 'state'],
      registers,
    });
    this.lostLines = new Counter({
      name: 'signalbox_task_runner_output_lines_lost_total',
      help: 'Lines of output that should have been indexed and could not be published.',
      registers,
    });
    this.leftOutPieces = new Counter({
      name: 'signalbox_task_runner_live_output_left_out_total',
      help: 'Pieces of live output that were left out because the broker was slow.',
      registers,
    });
  }

  attemptEnded(plugin: string, state: AttemptEnd['state']): void {
    this.attempts.inc({ plugin, state });
  }

  linesLost(count: number): void {
    this.lostLines.inc(count);
  }

  pieceLeftOut(): void {
    this.leftOutPieces.inc();
  }
}
