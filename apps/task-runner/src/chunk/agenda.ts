import { type Clock, systemClock } from '#supervisor';

/** What somebody has to do at a certain time. It has no timer: its owner asks when to come back. */
export class Agenda {
  private entries: { readonly atMs: number; readonly act: () => void }[] = [];

  constructor(private readonly clock: Pick<Clock, 'now'> = systemClock) {}

  /** @param ms from now; with `Infinity` it is never due. */
  add(ms: number, act: () => void): void {
    this.entries.push({ atMs: this.clock.now() + ms, act });
  }

  /** Does what is due by now, in the order in which it became due. */
  doDue(): void {
    const nowMs = this.clock.now();
    const due = this.entries.filter(({ atMs }) => atMs <= nowMs);
    if (due.length === 0) return;
    this.entries = this.entries.filter(({ atMs }) => atMs > nowMs);
    for (const { act } of due.sort((a, b) => a.atMs - b.atMs)) act();
  }

  /** Milliseconds until something is due, at least 0; `Infinity` when nothing will be. */
  nextInMs(): number {
    const nextMs = this.entries.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
    return Math.max(0, nextMs - this.clock.now());
  }
}
