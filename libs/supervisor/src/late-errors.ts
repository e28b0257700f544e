import { stackOf } from './errors.js';

/**
 * Where errors go that nobody listens for: Node's own channel for warnings, which never ends the
 * process.
 */
export function warnLateError(error: unknown): void {
  process.emitWarning(stackOf(error), 'LateError');
}
