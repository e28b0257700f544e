import type { ServerResponse } from 'node:http';
import { Gate, systemClock, withTimeout, type Clock } from '#supervisor';

/** A client that takes nothing for so long is dropped. */
const SLOW_AFTER_MS = 15_000;

/** What is handed to the socket at once, unless one event is larger. */
const WRITE_CHARACTERS = 64 * 1024;

/** How soon a client connects again, as it is told. */
const RETRY_MS = 1_000;

/** Somebody who takes what is sent too slowly, or not at all. */
export class SlowClientError extends Error {
  override readonly name = 'SlowClientError';
}

/**
 * The response to one client, written as an event stream with its backpressure: nothing is written while the socket has not taken
 * what was written before. (`@Sse` of Nest reads from an Observable, which cannot be made to wait.)
 */
export class EventStream {
  private readonly drained = new Gate({ open: true });
  private sentAtMs: number;

  constructor(
    private readonly response: ServerResponse,
    private readonly slowAfterMs: number = SLOW_AFTER_MS,
    private readonly clock: Clock = systemClock,
  ) {
    this.sentAtMs = clock.now();
    response.on('drain', () => this.drained.open());
    // What is written after the client went is of no use to anybody; 'close' says that it went.
    response.on('error', () => undefined);
  }

  /** Sends the headers. */
  open(): void {
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would gather what it passes on.
      'x-accel-buffering': 'no',
    });
    this.response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** How long ago anything was sent. */
  get silentMs(): number {
    return this.clock.now() - this.sentAtMs;
  }

  /**
   * Sends events; resolves once the client has taken so much that the next may be written. Throws a `SlowClientError` when that takes too
   * long, and the signal's reason when that aborts.
   */
  async send(texts: readonly string[], signal: AbortSignal): Promise<void> {
    let chunk = '';
    for (const text of texts) {
      if (chunk.length > 0 && chunk.length + text.length > WRITE_CHARACTERS) {
        await this.write(chunk, signal);
        chunk = '';
      }
      chunk += text;
    }
    if (chunk.length > 0) await this.write(chunk, signal);
  }

  private async write(chunk: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sentAtMs = this.clock.now();
    if (this.response.write(chunk)) return;
    this.drained.close();
    await withTimeout((until) => this.drained.wait(until), this.slowAfterMs, {
      signal,
      clock: this.clock,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new SlowClientError(`took nothing for ${this.slowAfterMs} ms`, { cause: error });
    });
  }
}
