import type { Logger } from './logger.js';

const ignore = (): void => undefined;

/** A logger that keeps quiet: for tests that look at something else. */
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
