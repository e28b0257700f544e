/** How a service process ends; 70 and 78 are those of sysexits.h. */
export const ExitCode = {
  /** It was asked to stop, and stopped in order. */
  stopped: 0,
  /** It was asked to stop, and something was cut off or failed on the way: a deadline, a second signal, a hook. */
  cutShort: 1,
  /** It could not start, or an error that nobody handled made it stop. */
  failed: 70,
  /** The environment is wrong. Starting again without changing it is of no use. */
  wrongSettings: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
