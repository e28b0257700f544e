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

/** How a service is asked whether it is ready; `ofWhom` says which one, and what to look for. */
export function readinessOf(ofWhom: string): string {
  return `curl http://ADMIN_HOST:ADMIN_PORT/health/ready   (of ${ofWhom})`;
}

/** How a service is started, whatever the mesh runs on. */
export function startOf(service: string): string {
  return `npm start   (with Docker: docker compose up --detach ${service})`;
}
