import { InterruptedError } from '#contracts';
import type { Timer } from '#supervisor';
import type { LifecycleHook } from './lifecycle.js';
import type { ServiceParts } from './service-parts.js';

type PhaseParts = Pick<ServiceParts, 'clock' | 'log' | 'steps'>;

/** A part of the stop whose steps share one deadline. */
export class StopPhase {
  readonly #deadline = new AbortController();
  readonly #endsAtMs: number;
  readonly #timer: Timer;
  #clean = true;

  /**
   * The steps' signal aborts after `timeoutMs`; then they have `windUpMs` to end by themselves.
   */
  constructor(
    private readonly name: string,
    private readonly parts: PhaseParts,
    timeoutMs: number,
    windUpMs = 0,
  ) {
    this.#endsAtMs = parts.clock.now() + timeoutMs + windUpMs;
    this.#timer = parts.clock.setTimer(timeoutMs, () => this.deadlinePassed(timeoutMs));
  }

  /** False once a step failed or was cut off. */
  get clean(): boolean {
    return this.#clean;
  }

  /** Runs one step, at most until the end of the phase; logs its error. Never rejects. */
  async run(step: string, hook: LifecycleHook): Promise<void> {
    const body = async (): Promise<void> => hook(this.#deadline.signal);
    const limit = { runDeadlineMs: this.msLeft() };
    try {
      await this.parts.steps.run(`${this.name} ${step}`, body, limit);
    } catch (err) {
      this.#clean = false;
      this.parts.log.error({ step, err }, 'stop step failed');
    }
  }

  /** What a next phase may take that would like `ms`: less when this one has overrun its own deadline. */
  restMs(ms: number): number {
    return Math.min(ms, this.msLeft());
  }

  /** Forgets the deadline. */
  end(): void {
    this.#timer.cancel();
  }

  private msLeft(): number {
    return Math.max(0, this.#endsAtMs - this.parts.clock.now());
  }

  private deadlinePassed(timeoutMs: number): void {
    this.#clean = false;
    this.parts.log.warn(
      { phase: this.name, timeoutMs },
      'stop deadline passed; cutting off the rest',
    );
    this.#deadline.abort(new InterruptedError(`the ${this.name} took longer than ${timeoutMs} ms`));
  }
}
