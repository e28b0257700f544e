import { Deferred, turn, type Body, type TaskContext } from '../src/index.js';

/**
 * A body whose end a test holds in its hands. It ignores its abort unless the test says otherwise.
 */
export class Puppet<T = string> {
  readonly #end = new Deferred<T>();
  #context: TaskContext | undefined;
  /** How often it was started. */
  starts = 0;

  /** To be spawned. */
  readonly body: Body<T> = (context) => {
    this.starts += 1;
    this.#context = context;
    return this.#end.promise;
  };

  get context(): TaskContext {
    if (this.#context === undefined) throw new Error('the body has not started');
    return this.#context;
  }

  return(value: T): void {
    this.#end.resolve(value);
  }

  throw(error: unknown): void {
    this.#end.reject(error);
  }

  /** From now on it reacts to its abort as told. */
  onAbort(react: (reason: unknown) => void): void {
    const { signal } = this.context;
    signal.addEventListener('abort', () => react(signal.reason), { once: true });
  }
}

/** What `promise` has come to, without waiting for it. */
export async function stateOf(
  promise: Promise<unknown>,
): Promise<'pending' | 'fulfilled' | 'rejected'> {
  let state: 'pending' | 'fulfilled' | 'rejected' = 'pending';
  promise.then(
    () => (state = 'fulfilled'),
    () => (state = 'rejected'),
  );
  await turn();
  return state;
}
