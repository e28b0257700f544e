/** Which processes end first: services before the servers they use, helpers of servers last. */
export type Role = 'service' | 'server' | 'helper';

/** The order in which roles are ended. */
export const ENDING_ORDER: readonly Role[] = ['service', 'server', 'helper'];

/** What the keeper is asked to start. It starts exactly this: no shell, no search for a file. */
export interface ProcessSpec {
  /** For messages and the state file; need not be unique. */
  readonly name: string;
  readonly role: Role;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment: nothing is inherited from the keeper. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  /** A line of output that contains this text makes the process `ready`. */
  readonly readyText?: string;
  /** Asks the process to end. Default `SIGTERM`. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before its process group gets `SIGKILL`. Default 10,000 ms. */
  readonly stopTimeoutMs?: number;
  /** Run once after the process has ended, for what outlives it (a container). */
  readonly afterwards?: { readonly command: string; readonly args: readonly string[] };
}

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the operating system's own words; compared, never read. */
  readonly startTime: string;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Launcher → keeper. Every request but `stop-all` is answered by a reply with its `requestId`. */
export type Request =
  | { readonly kind: 'spawn'; readonly requestId: number; readonly spec: ProcessSpec }
  | { readonly kind: 'stop'; readonly requestId: number; readonly pid: number }
  | {
      readonly kind: 'signal';
      readonly requestId: number;
      readonly pid: number;
      readonly signal: NodeJS.Signals;
    }
  | { readonly kind: 'delete-at-end'; readonly requestId: number; readonly path: string }
  | { readonly kind: 'stop-all'; readonly hurry: boolean };

/** Keeper → launcher. */
export type Notice =
  | { readonly kind: 'up' }
  | { readonly kind: 'reply'; readonly requestId: number; readonly process?: ProcessIdentity }
  | { readonly kind: 'refused'; readonly requestId: number; readonly reason: string }
  | { readonly kind: 'ready'; readonly pid: number }
  | ({ readonly kind: 'ended'; readonly pid: number } & ProcessEnd);
