/** What scripts can rely on. */
export const EXIT = {
  /** Everything asked for succeeded. */
  ok: 0,
  /** Some targets did not succeed, the command was refused, or what was asked for does not exist. */
  failed: 1,
  /** The command line itself was wrong; nothing was sent. */
  usage: 2,
  /** The execution was cancelled. */
  cancelled: 3,
  /** The broker, or the service that had to answer, could not be reached. */
  unreachable: 4,
  /** Watching ended before the execution did: by Ctrl-C, or because the connection stayed away. */
  endNotSeen: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
