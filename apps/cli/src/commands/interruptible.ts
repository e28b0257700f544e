/** Ctrl-C, or SIGTERM: what was begun is brought to a clean end. */
export class InterruptedByUserError extends Error {
  constructor() {
    super('interrupted');
  }
}

/**
 * Runs something that Ctrl-C or SIGTERM ends by its signal (its reason is an `InterruptedByUserError`) and not by ending the
 * process. A second Ctrl-C does.
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new InterruptedByUserError());
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await run(interrupt.signal);
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}
