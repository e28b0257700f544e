import { isIPv6 } from 'node:net';
import { IsWordList } from '../fields/collections.js';
import { rule } from '../fields/rule.js';

/** How many targets one message may carry. */
export const MAX_TARGETS_PER_MESSAGE = 5_000;

const MAX_HOST_LENGTH = 253;
const TARGET =
  /^(?:(?<user>[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63})@)?(?:\[(?<v6>[0-9A-Fa-f:.%a-z]{2,64})\]|(?<host>[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}))(?::(?<port>[0-9]{1,5}))?$/;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** A target taken apart. */
export interface TargetAddress {
  readonly user?: string;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port?: number;
}

/** Takes `[user@]host[:port]` apart; IPv6 addresses stand in brackets. `undefined` when it is none. */
export function parseTarget(target: string): TargetAddress | undefined {
  const { user, v6, host, port } = TARGET.exec(target)?.groups ?? {};
  const address = v6 ?? host;
  if (!address || !(v6 === undefined ? isHost(address) : isIPv6(v6))) return undefined;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  return {
    ...(user !== undefined && { user }),
    host: address,
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** One target: `[user@]host[:port]`. */
export function IsTarget(): PropertyDecorator {
  return rule({
    name: 'isTarget',
    validate: (value) => typeof value === 'string' && parseTarget(value) !== undefined,
    expects: 'must be [user@]host[:port]',
    schema: { type: 'string', maxLength: 330 },
  });
}

/** 1 to 5,000 distinct targets. With `orPages`, an object is left to its own contract. */
export function IsTargets(orPages = false): PropertyDecorator {
  const list = {
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    maxItems: MAX_TARGETS_PER_MESSAGE,
    uniqueItems: true,
  };
  const isPages = (value: unknown) =>
    orPages && typeof value === 'object' && value !== null && !Array.isArray(value);
  return rule({
    name: 'isTargets',
    validate: (value) => isPages(value) || targetsProblem(value) === undefined,
    expects: (value) => targetsProblem(value) ?? '',
    schema: list,
  });
}

/** At most `max` distinct targets; may be empty. */
export function IsSomeTargets(max: number): PropertyDecorator {
  return IsWordList(max, (word) => parseTarget(word) !== undefined, '[user@]host[:port]');
}

function targetsProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_TARGETS_PER_MESSAGE) {
    return 'must be a list of 1 to 5,000 targets';
  }
  const seen = new Set<unknown>();
  for (const [at, target] of value.entries()) {
    if (typeof target !== 'string' || !parseTarget(target)) {
      return `element ${at} must be [user@]host[:port]`;
    }
    if (seen.has(target)) return `element ${at} (${target}) stands there twice`;
    seen.add(target);
  }
  return undefined;
}

function isHost(host: string): boolean {
  return host.length <= MAX_HOST_LENGTH && host.split('.').every((label) => LABEL.test(label));
}
