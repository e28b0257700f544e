import {
  IsWordList,
  firstWrongWord,
  isPlainObject,
  wordListSchema,
} from '../fields/collections.js';
import { rule } from '../fields/rule.js';
import { IsPattern } from '../fields/scalars.js';
import { TARGET } from './target-pattern.js';

/** How many targets one message may carry. */
export const MAX_TARGETS_PER_MESSAGE = 5_000;

const FORM = '[user@]host[:port]';

/** A target taken apart. */
export interface TargetAddress {
  readonly user?: string;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port?: number;
}

/** Takes `[user@]host[:port]` apart; IPv6 addresses stand in brackets. `undefined` when it is none. */
export function parseTarget(target: string): TargetAddress | undefined {
  const { user, v6, host = v6, port } = TARGET.exec(target)?.groups ?? {};
  if (host === undefined) return undefined;
  return {
    ...(user !== undefined && { user }),
    host,
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** One target: `[user@]host[:port]`. */
export function IsTarget(): PropertyDecorator {
  return IsPattern('isTarget', TARGET, `must be ${FORM}`);
}

/** 1 to 5,000 distinct targets. With `orPages`, an object is left to its own contract. */
export function IsTargets(orPages = false): PropertyDecorator {
  return rule({
    name: 'isTargets',
    validate: (value) => (orPages && isPlainObject(value)) || targetsProblem(value) === undefined,
    expects: (value) => targetsProblem(value) ?? '',
    schema: wordListSchema(MAX_TARGETS_PER_MESSAGE, TARGET, 1),
  });
}

/** At most `max` distinct targets; may be empty. */
export function IsSomeTargets(max: number): PropertyDecorator {
  return IsWordList(max, TARGET, FORM);
}

function targetsProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_TARGETS_PER_MESSAGE) {
    return 'must be a list of 1 to 5,000 targets';
  }
  return firstWrongWord(value, TARGET, FORM);
}
