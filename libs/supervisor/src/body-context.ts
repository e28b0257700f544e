import type { SupervisedTask } from './supervised-task.js';
import type { Body, ScopeOptions, SpawnOptions, Task } from './task.js';
import type { Cleanup, TaskContext, WaitContext } from './task-context.js';
import { OwnedWaits } from './wait-context.js';

/** What the body of a task sees of it. */
export class BodyContext extends OwnedWaits implements TaskContext {
  readonly #task: SupervisedTask;

  constructor(task: SupervisedTask) {
    super(task);
    this.#task = task;
  }

  heartbeat(): void {
    this.#task.heartbeat();
  }

  onAbort(cleanup: Cleanup): () => void {
    return this.#task.onAbort(cleanup);
  }

  shield<T>(
    work: (within: WaitContext) => PromiseLike<T>,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<T> {
    return this.#task.shield(work, timeoutMs);
  }

  spawn<T>(name: string, body: Body<T>, options?: SpawnOptions): Promise<Task<T>> {
    return this.#task.owner.spawn(name, body, options, this.#task);
  }

  scope<T>(options: ScopeOptions, body: Body<T>): Promise<T> {
    return this.#task.owner.scope(options, body, this.#task);
  }
}
