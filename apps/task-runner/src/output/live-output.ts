import type { TargetOutput } from '#contracts';
import type { OutputSink, OutputSource } from './output-sink.js';
import type { OutputPiece } from './output-capture.js';

/** How many pieces of all attempts together may be on their way: beyond, they are left out. */
const MAX_ON_THE_WAY = 64;

/** Publishes one piece for watchers. Rejects when it cannot; then the piece is lost. */
export type PublishOutput = (event: TargetOutput) => Promise<void>;

/**
 * Live output, for whoever watches: never recorded, never waited for, left out when the broker is
 * slow. Watchers see a gap in the offsets then.
 */
export class LiveOutput {
  private onTheWay = 0;

  /** @param onLeftOut called for each piece that is left out. */
  constructor(
    private readonly publish: PublishOutput,
    private readonly onLeftOut: () => void = () => {},
  ) {}

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
    if (this.onTheWay >= MAX_ON_THE_WAY) {
      this.onLeftOut();
      return;
    }
    this.onTheWay += 1;
    const arrived = (): void => {
      this.onTheWay -= 1;
    };
    this.publish(event).then(arrived, arrived);
  }
}
