import { PluginFailedError } from '#contracts';
import { messageOf } from '#supervisor';
import { recordableText } from '../output/recordable-text.js';
import type { AttemptFacts, PluginResult } from './plugin.js';

/** The longest message that the record takes. */
const MAX_MESSAGE_LENGTH = 2_000;
const CODE = /^[a-z0-9-]{1,64}$/;
const TERMINATIONS = new Set<unknown>(['proven', 'presumed', 'unknown']);

/**
 * What a plugin returned, fit for the record: plugins are written by many, and one bad value would
 * make the whole event unreadable. Facts that no record takes are left out.
 *
 * @throws {PluginFailedError} when it is no result at all.
 */
export function checkedResult(plugin: string, returned: PluginResult | undefined): PluginResult {
  if (returned?.state === 'succeeded' || returned?.state === 'aborted') {
    return { state: returned.state, ...factsOf(returned) };
  }
  if (returned?.state === 'failed') {
    return {
      state: returned.state,
      code: CODE.test(returned.code) ? returned.code : 'plugin-failed',
      message: recordableText(String(returned.message), MAX_MESSAGE_LENGTH),
      retryable: returned.retryable ?? true,
      ...factsOf(returned),
    };
  }
  const expected = "{ state: 'succeeded' | 'failed' | 'aborted' }";
  const problem = `the plugin ${plugin} returned no result: it must be ${expected}`;
  throw new PluginFailedError('plugin-failed', problem);
}

/** The text of an error as the record takes it. */
export function errorText(error: unknown): string {
  const text = messageOf(error);
  return recordableText(text, MAX_MESSAGE_LENGTH);
}

function factsOf({ exitCode, httpStatus, termination }: AttemptFacts): AttemptFacts {
  return {
    ...(isWhole(exitCode, 0, 0xffff_ffff) && { exitCode }),
    ...(isWhole(httpStatus, 100, 999) && { httpStatus }),
    ...(TERMINATIONS.has(termination) && { termination }),
  };
}

function isWhole(value: number | undefined, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}
