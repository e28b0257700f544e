import { isIPv6 } from 'node:net';
import { parseTarget, type TargetAddress } from '#contracts';

/** One host or address that a plugin runs on. */
export interface Target extends TargetAddress {
  /** As it stands in the command: `[user@]host[:port]`. Unique in its execution. */
  readonly name: string;
}

/**
 * The target that a name stands for.
 *
 * @throws {TypeError} when it is none: commands are checked at the door, so here it is a defect.
 */
export function toTarget(name: string): Target {
  const address = parseTarget(name);
  if (!address) throw new TypeError(`"${name}" is not [user@]host[:port]`);
  return { name, ...address };
}

/** `host[:port]` as it stands in a URL: an IPv6 address in brackets, no user. */
export function hostAndPort(target: Target): string {
  const host = urlHost(target);
  return target.port === undefined ? host : `${host}:${target.port}`;
}

/** The host alone as it stands in a URL. */
export function urlHost({ host }: Target): string {
  return isIPv6(host) ? `[${host}]` : host;
}
