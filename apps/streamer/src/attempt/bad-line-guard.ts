import { SignalboxError } from '#contracts';

const SAMPLE_RECORDS = 1_000;
const MAX_REJECTED = 500;

/**
 * Tells a source with a bad line now and then from one that is something else than the settings say:
 * it throws when more than half of a thousand records became no document.
 */
export class BadLineGuard {
  #records = 0;
  #rejected = 0;

  count(rejected: boolean): void {
    this.#records += 1;
    if (rejected) this.#rejected += 1;
    if (this.#rejected > MAX_REJECTED) {
      throw new SignalboxError(
        'too-many-bad-lines',
        `${this.#rejected} of ${this.#records} records became no document; look at them in streamer.lines.dead and check the stream's format`,
      );
    }
    if (this.#records === SAMPLE_RECORDS) this.#records = this.#rejected = 0;
  }
}
