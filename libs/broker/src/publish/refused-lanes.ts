import type { OutgoingMessage } from './outgoing-message.js';
import { PublishWindow, type PublishLimit } from './publish-window.js';

interface Lane {
  readonly window: PublishWindow;
  /** Messages in the lane, and those that wait for room in it. */
  users: number;
}

/**
 * Where messages wait whose queue is full, apart from all others: a lane for each destination, each with a limit of its own. A lane
 * is there from the first refusal until the last message of its destination is through; meanwhile all that go there
 * pass through it.
 */
export class RefusedLanes {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly limit: PublishLimit) {}

  /** Whether what goes where this message goes was refused lately. */
  has(message: OutgoingMessage): boolean {
    return this.lanes.has(destinationOf(message));
  }

  /** Waits for room in the lane of the message, which there is from now on. Throws the signal's reason. */
  async enter(message: OutgoingMessage, signal?: AbortSignal): Promise<void> {
    const destination = destinationOf(message);
    const lane = this.lanes.get(destination) ?? { window: new PublishWindow(this.limit), users: 0 };
    this.lanes.set(destination, lane);
    lane.users += 1;
    try {
      await lane.window.enter(message.body.length, signal);
    } catch (error) {
      this.forget(destination, lane);
      throw error;
    }
  }

  /** Gives the room back. */
  leave(message: OutgoingMessage): void {
    const destination = destinationOf(message);
    const lane = this.lanes.get(destination);
    if (lane === undefined) return;
    lane.window.leave(message.body.length);
    this.forget(destination, lane);
  }

  private forget(destination: string, lane: Lane): void {
    lane.users -= 1;
    if (lane.users === 0) this.lanes.delete(destination);
  }
}

/** Events of one type go to the same queues, whatever id ends their key. */
function destinationOf({ exchange, routingKey, properties: { type } }: OutgoingMessage): string {
  return `${exchange}:${routingKey.startsWith(`${type}.`) ? type : routingKey}`;
}
