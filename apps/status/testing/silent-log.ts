import type { Logger } from '#runtime';

const ignore = (): void => undefined;

/** A logger that keeps quiet. */
export const silentLog: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silentLog,
  isLevelEnabled: () => false,
};
