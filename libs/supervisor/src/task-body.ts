import { AsyncResource } from 'node:async_hooks';
import type { Settlement } from './outcome.js';
import type { Body } from './task.js';
import type { TaskContext } from './task-context.js';

/** The body of one task until it is run, or never will be. */
export class TaskBody {
  #body: Body<unknown> | undefined;
  #context: AsyncResource | undefined;

  constructor(body: Body<unknown>) {
    this.#body = body;
  }

  /** It will run in the async context of the first such call, not in that of whoever calls `run`. */
  keepContext(): void {
    this.#context ??= new AsyncResource('Task', { requireManualDestroy: true });
  }

  /**
   * Runs it, and forgets it. `onSettled` hears of its end in a later turn, also when it throws before
   * its first `await`.
   */
  run(context: TaskContext, onSettled: (settlement: Settlement<unknown>) => void): void {
    const fulfilled = (value: unknown): void => onSettled({ status: 'fulfilled', value });
    const rejected = (error: unknown): void => onSettled({ status: 'rejected', error });
    try {
      Promise.resolve(this.#call(context)).then(fulfilled, rejected);
    } catch (error) {
      Promise.reject(error).catch(rejected);
    }
  }

  /** What the body holds must not live as long as its task. */
  drop(): void {
    this.#body = undefined;
    this.#context = undefined;
  }

  #call(context: TaskContext): unknown {
    const body = this.#body;
    const asyncContext = this.#context;
    this.drop();
    if (body === undefined || asyncContext === undefined) return body?.(context);
    return asyncContext.runInAsyncScope(body, undefined, context);
  }
}
