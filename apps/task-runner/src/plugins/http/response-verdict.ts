import type { PluginResult } from '../plugin.js';
import type { HttpArguments } from './http.arguments.js';

/**
 * Whether a response is what was expected.
 *
 * @param found whether the expected text stood in its body.
 */
export function verdictOf(status: number, found: boolean, args: HttpArguments): PluginResult {
  const problem = problemWith(status, args) ?? (found ? undefined : MISSING_TEXT);
  if (problem === undefined) return { state: 'succeeded', httpStatus: status };
  return { state: 'failed', code: 'unexpected-response', message: problem, httpStatus: status };
}

const MISSING_TEXT = 'the body does not contain the expected text';

function problemWith(status: number, { expectStatus = [] }: HttpArguments): string | undefined {
  if (expectStatus.length === 0) {
    return status >= 200 && status <= 299 ? undefined : `the status is ${status}, not 200 to 299`;
  }
  if (expectStatus.includes(status)) return undefined;
  return `the status is ${status}, not ${expectStatus.join(' or ')}`;
}
