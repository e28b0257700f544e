import type { TargetOutput } from '#contracts';
import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Supervisor } from '#supervisor';
import type { OutputSink, OutputSource } from './output-sink.js';
import type { OutputPiece } from './output-capture.js';

/** How many pieces of all attempts together may be on their way: beyond, they are left out. */
const MAX_ON_THE_WAY = 64;

/** Publishes one piece for watchers. Rejects when it cannot; then the piece is lost. */
export type PublishOutput = (event: TargetOutput, signal: AbortSignal) => Promise<void>;

/**
 * Live output, for whoever watches: never recorded, never waited for, left out when the broker is
 * slow. Watchers see a gap in the offsets then.
 */
export class LiveOutput {
  /** A task for each piece on its way. */
  readonly supervisor: Supervisor;

  /** @param onLeftOut called for each piece that watchers do not get. */
  constructor(
    private readonly publish: PublishOutput,
    private readonly onLeftOut: () => void,
    log: Pick<Logger, 'warn'>,
  ) {
    this.supervisor = new Supervisor({
      name: 'live output',
      limit: MAX_ON_THE_WAY,
      closeTimeoutMs: 1_000,
      onOutcome: ({ status }) => {
        if (status !== 'succeeded') this.onLeftOut();
      },
      ...logTasks(log, 'live output'),
    });
  }

  /** The sink of one attempt. */
  of({ key, epoch, target, attempt }: OutputSource): OutputSink {
    return {
      write: async ({ channel, offset, text }: OutputPiece) => {
        this.send({ key, epoch, target, attempt, channel, offset, data: text });
      },
      end: async () => {},
    };
  }

  private send(event: TargetOutput): void {
    const name = `live output of ${event.target}`;
    const task = this.supervisor.trySpawn(name, ({ signal }) => this.publish(event, signal));
    if (typeof task === 'string') this.onLeftOut();
  }
}
