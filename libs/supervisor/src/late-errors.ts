/**
 * Where errors go that nobody listens for: Node's own channel for warnings, which never ends the
 * process.
 */
export function warnLateError(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(message, 'LateError');
}
