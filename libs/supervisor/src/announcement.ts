import { Deferred } from './deferred.js';

/** Something that becomes known once. The promise of it is made only for those who ask. */
export class Announcement<T> {
  #known: { readonly value: T } | undefined;
  #wanted: Deferred<T> | undefined;

  get isMade(): boolean {
    return this.#known !== undefined;
  }

  /** Resolves when it is made, never rejects; always the same promise. */
  get promise(): Promise<T> {
    if (this.#wanted === undefined) {
      this.#wanted = new Deferred();
      if (this.#known !== undefined) this.#wanted.resolve(this.#known.value);
    }
    return this.#wanted.promise;
  }

  make(value: T): void {
    this.#known = { value };
    this.#wanted?.resolve(value);
  }
}
