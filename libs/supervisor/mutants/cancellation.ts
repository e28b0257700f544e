import type { Mutant } from '../../../tools/mutants/mutant.ts';

/** Aborts, and what they leave behind. */
export const cancellation: readonly Mutant[] = [
  {
    name: 'aborted-before-spawn',
    story: 'A task whose signal was aborted before its spawn starts all the same.',
    file: 'src/supervisor.ts',
    find: `if (reason === undefined && !signal?.aborted) return undefined;`,
    replace: `if (reason === undefined) return undefined;`,
  },
  {
    name: 'abort-is-an-edge',
    story: 'A wait that begins after the abort hears nothing of it, and hangs.',
    file: 'src/wait.ts',
    find: `  if (source.aborted) abort();
  else if (!ended) unsubscribe`,
    replace: `  unsubscribe`,
  },
  {
    name: 'first-cause-overwritten',
    story:
      'A task that ran out of time says "cancelled" because somebody cancelled it a moment later.',
    file: 'src/supervised-task.ts',
    find: `      this.#noteLaterCause(cause);`,
    replace: `      this.#noteLaterCause(cause);
      this.#cause = cause;`,
  },
  {
    name: 'intent-beats-truth',
    story: 'Work that was done although it had been cancelled is reported as not done.',
    file: 'src/outcome.ts',
    find: `  if (fulfilled) return {`,
    replace: `  if (fulfilled && cause === undefined) return {`,
  },
  {
    name: 'listener-left-behind',
    story: 'A signal that outlives its tasks keeps a listener of each round of them.',
    file: 'src/signal-links.ts',
    find: `    link.remove();`,
    replace: ``,
  },
  {
    name: 'late-rejection-dropped',
    story: 'What a body stopped waiting for fails later, and nobody hears of it.',
    file: 'src/wait.ts',
    find: `      else if (!answersAbort(error, source.reason)) onLate(error);`,
    replace: ``,
  },
  {
    name: 'error-after-abort-dropped',
    story: 'A body breaks while it stops, and nobody hears of it.',
    file: 'src/outcome.ts',
    find: `  return [...suppressed, settlement.error];`,
    replace: `  return suppressed;`,
  },
  {
    name: 'cleanups-in-order-of-registration',
    story: 'Clean-ups run first registered first: the connection closes under those who use it.',
    file: 'src/protected-work.ts',
    find: `for (let cleanup = this.#cleanups.pop(); cleanup; cleanup = this.#cleanups.pop())`,
    replace: `for (let cleanup = this.#cleanups.shift(); cleanup; cleanup = this.#cleanups.shift())`,
  },
  {
    name: 'failed-cleanup-skips-the-rest',
    story: 'A clean-up that throws is the last one that runs.',
    file: 'src/protected-work.ts',
    find: `      } catch (error) {
        this.#owner.suppress(error);`,
    replace: `      } catch (error) {
        this.#owner.suppress(error);
        while (this.#cleanups.pop() !== undefined);`,
  },
  {
    name: 'shield-without-timeout',
    story: 'A shield lasts as long as it likes.',
    file: 'src/shield.ts',
    find: `      this.cancellation.abort(new DeadlineExceededError(what, 'shield', timeoutMs)),`,
    replace: `      undefined,`,
  },
];
