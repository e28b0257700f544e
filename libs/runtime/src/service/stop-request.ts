import type { Logger } from '../logging/logger.js';
import type { ProcessHost, StopSignal } from './process-host.js';

/**
 * Whether, and how urgently, the process should stop.
 *
 * The first SIGTERM or SIGINT asks for a stop, the second cuts it off. An error that nobody handled is logged as
 * fatal and asks for a stop too: the process may be in a state that nobody thought of, so it takes nothing new;
 * but what it holds is better finished or handed over within the usual deadlines than torn down.
 */
export class StopRequest {
  readonly #asked = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #release: readonly (() => void)[];
  #failed = false;

  constructor(
    host: ProcessHost,
    private readonly log: Logger,
  ) {
    this.#release = [
      host.onStopSignal((signal) => this.onSignal(signal)),
      host.onUncaught((error) => this.onUncaught(error)),
    ];
  }

  /** Aborts when the service should stop. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborts when the stop should not take any longer. */
  get cutOff(): AbortSignal {
    return this.#cutOff.signal;
  }

  /** Whether an error is why the service stops, or came while it stopped. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The service cannot go on because of this error. */
  fail(error: unknown, message: string): void {
    this.#failed = true;
    this.log.fatal({ err: error }, message);
    this.#asked.abort(error);
  }

  /** Listens no more. */
  dispose(): void {
    for (const release of this.#release) release();
  }

  private onSignal(signal: StopSignal): void {
    if (!this.#asked.signal.aborted) {
      this.log.info({ signal }, 'stopping; a second signal cuts it short');
      this.#asked.abort(new Error(`the process was told to stop (${signal})`));
    } else if (!this.#cutOff.signal.aborted) {
      this.log.warn({ signal }, 'second signal: stopping at once');
      this.#cutOff.abort(new Error(`the process was told twice to stop (${signal})`));
    }
  }

  private onUncaught(error: unknown): void {
    this.fail(error, 'an error that nobody handled; stopping');
  }
}
