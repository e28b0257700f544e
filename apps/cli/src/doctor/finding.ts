/** What a look at one part showed. */
export interface Finding {
  /** The part. */
  readonly check: string;
  /** `unknown`: it could not be looked at, because something else is in trouble or this user may not. */
  readonly state: 'ok' | 'trouble' | 'unknown';
  /** What was seen, for people. */
  readonly says: string;
  /** What to type next; with trouble always. */
  readonly next?: string;
}

export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says };
}

export function trouble(check: string, says: string, next: string): Finding {
  return { check, state: 'trouble', says, next };
}

export function unknown(check: string, says: string, next?: string): Finding {
  return { check, state: 'unknown', says, ...(next !== undefined && { next }) };
}
