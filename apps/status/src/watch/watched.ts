import type { LeaseState } from '#contracts';
import type { WatchedInstance } from './instances-reader.js';

/** Everything is told again this often, whether it changed or not. */
const TELL_ALL_EVERY_MS = 60_000;

/** A missing control queue must be missing still after this time. */
const CONFIRM_AFTER_MS = 1_000;

/** What a watcher knows about one instance: what it was told, and since when it cannot be reached. */
export class Watched {
  private told = new Map<string, string>();
  private toldAllMs = -Infinity;
  private missingSinceMs: number | undefined;
  private declaredGoneMs = -Infinity;

  /** What the instance has not been told of its leases; a new lease, and one that it resumed, is a change. */
  changes({ leases }: WatchedInstance, nowMs: number): LeaseState[] {
    if (nowMs - this.toldAllMs >= TELL_ALL_EVERY_MS) return [...leases];
    return leases.filter((lease) => this.told.get(lease.key) !== fingerprint(lease));
  }

  /** The instance got a ping that said `changes` of `leases`. */
  reached({ leases }: WatchedInstance, changes: readonly LeaseState[], nowMs: number): void {
    if (changes.length === leases.length) this.toldAllMs = nowMs;
    this.told = new Map(leases.map((lease) => [lease.key, fingerprint(lease)]));
    this.missingSinceMs = undefined;
  }

  /** Its control queue does not exist. True when that is news. */
  missing(nowMs: number): boolean {
    const isNews = this.missingSinceMs === undefined;
    this.missingSinceMs ??= nowMs;
    return isNews;
  }

  /** Nothing is known of this ping: what was found before does not count either. */
  unknown(): void {
    this.missingSinceMs = undefined;
  }

  /** True when it has been missing for a second and was not declared gone in the last one. */
  isToBeDeclaredGone(nowMs: number): boolean {
    return (
      this.missingSinceMs !== undefined &&
      nowMs - this.missingSinceMs >= CONFIRM_AFTER_MS &&
      nowMs - this.declaredGoneMs >= CONFIRM_AFTER_MS
    );
  }

  declaredGone(nowMs: number): void {
    this.declaredGoneMs = nowMs;
  }
}

function fingerprint({ epoch, cancelled, revoked, paused }: LeaseState): string {
  return `${epoch} ${cancelled?.code ?? ''} ${revoked} ${paused}`;
}
