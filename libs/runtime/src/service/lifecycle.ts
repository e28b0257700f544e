/** A step of a service's start or stop. Its signal aborts when there is no more time for it. */
export type LifecycleHook = (signal: AbortSignal) => Promise<void> | void;

/** A hook with the name it is logged and reported under. */
export interface NamedHook {
  readonly name: string;
  readonly run: LifecycleHook;
}

/**
 * Where the parts of a service say what they need at start and stop. Register in a constructor or
 * `onModuleInit`; a hook that is registered after its phase began does not run.
 */
export class Lifecycle {
  readonly #start: NamedHook[] = [];
  readonly #drain: NamedHook[] = [];
  readonly #close: NamedHook[] = [];

  /**
   * Runs once the admin server listens and the broker is ready, before the consumers start, one after the other
   * in the order of registration. Throwing `DependencyUnavailableError` keeps the service not ready with that
   * reason, and the hook is tried again; any other error ends the start. The signal aborts when a stop is asked for.
   */
  onStart(name: string, run: LifecycleHook): void {
    this.#start.push({ name, run });
  }

  /**
   * Runs after the consumers are drained, one after the other in the order of registration: finish or hand
   * over what is held. The signal aborts at the drain deadline. An error is logged and the stop goes on.
   */
  onDrain(name: string, run: LifecycleHook): void {
    this.#drain.push({ name, run });
  }

  /**
   * Runs after all `onDrain` hooks, in the reverse order of registration, while the broker is still connected:
   * close what was opened. The signal aborts at the close deadline. An error is logged and the stop goes on.
   * It also runs when the start did not succeed.
   */
  onClose(name: string, run: LifecycleHook): void {
    this.#close.push({ name, run });
  }

  /** The hooks in the order they run. */
  get hooks(): Readonly<Record<'start' | 'drain' | 'close', readonly NamedHook[]>> {
    return { start: this.#start, drain: this.#drain, close: this.#close.toReversed() };
  }
}
