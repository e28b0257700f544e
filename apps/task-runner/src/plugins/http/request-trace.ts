/** The steps of a request, in their order. */
export type Step = 'dns' | 'connect' | 'tls' | 'firstByte';

/** How far a request came, where it went, and how long each step took from the end of the one before. */
export class RequestTrace {
  private readonly startedAt = performance.now();
  private readonly stepsMs: Partial<Record<`${Step}Ms`, number>> = {};
  private lastAt = this.startedAt;
  private address: string | undefined;

  get isConnected(): boolean {
    return this.address !== undefined;
  }

  /** The step ends now. */
  done(step: Step): void {
    const now = performance.now();
    this.stepsMs[`${step}Ms`] = tenths(now - this.lastAt);
    this.lastAt = now;
  }

  /** The step `connect` ends now, at this address. */
  connectedTo(address = 'unknown'): void {
    this.address = address;
    this.done('connect');
  }

  /** All of it, in milliseconds, `totalMs` until now. */
  facts(): Readonly<Record<string, string | number | undefined>> {
    const totalMs = tenths(performance.now() - this.startedAt);
    return { address: this.address, ...this.stepsMs, totalMs };
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
