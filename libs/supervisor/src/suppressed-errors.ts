/** Errors that are kept beside an outcome; those beyond are reported. */
const MAX_ERRORS = 100;

/** Later reasons to abort are kept for the outcome, but not without a bound. */
const MAX_LATER_CAUSES = 8;

/** What goes wrong with a task beside its outcome. */
export class SuppressedErrors {
  readonly #errors: unknown[] = [];
  #laterCauses = 0;

  get list(): readonly unknown[] {
    return this.#errors;
  }

  /** Says whether it is kept. */
  add(error: unknown): boolean {
    if (this.#errors.length === MAX_ERRORS) return false;
    this.#errors.push(error);
    return true;
  }

  /** A reason to abort what was aborted already. Says whether one more is wanted. */
  wantsLaterCause(): boolean {
    if (this.#laterCauses === MAX_LATER_CAUSES) return false;
    this.#laterCauses += 1;
    return true;
  }
}
