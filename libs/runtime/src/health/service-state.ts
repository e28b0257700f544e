/** Where a service is in its life. */
export type ServicePhase = 'starting' | 'ready' | 'draining' | 'closing';

/** What the process is doing about itself; the part of readiness that no dependency answers for. */
export class ServiceState {
  #phase: ServicePhase = 'starting';
  #waitingFor = 'the admin server';
  #reason: string | undefined;

  get phase(): ServicePhase {
    return this.#phase;
  }

  /** The start has come to this step, and, when it had to be tried again, why. */
  waitFor(step: string, reason?: string): void {
    this.#waitingFor = step;
    this.#reason = reason;
  }

  enter(phase: ServicePhase): void {
    this.#phase = phase;
  }

  /** Undefined when the service is ready, else the reason. */
  trouble(): string | undefined {
    switch (this.#phase) {
      case 'ready':
        return undefined;
      case 'starting':
        return `starting, waiting for ${this.#waitingFor}${this.#reason === undefined ? '' : `: ${this.#reason}`}`;
      case 'draining':
        return 'draining: finishing what is held, taking nothing new';
      case 'closing':
        return 'closing';
    }
  }
}
