/** A promise together with the means to settle it. Settling it again does nothing. */
export class Deferred<T = void> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;

  constructor() {
    let resolve!: (value: T | PromiseLike<T>) => void;
    let reject!: (error: unknown) => void;
    this.promise = new Promise<T>((fulfil, refuse) => {
      resolve = fulfil;
      reject = refuse;
    });
    this.resolve = resolve;
    this.reject = reject;
  }

  /**
   * Rejects without ever becoming an "unhandled rejection": for reasons that are known elsewhere,
   * such as an abort.
   */
  rejectHandled(error: unknown): void {
    this.promise.catch(() => {});
    this.reject(error);
  }
}
