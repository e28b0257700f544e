import { isIP } from 'node:net';
import { PluginFailedError } from '#contracts';
import { hostAndPort, type Target, urlHost } from '../../targets/target.js';

/**
 * The URL for one target: `{target}` and `{host}` filled in.
 *
 * @throws {PluginFailedError} `invalid-args` when the result is no URL, or names a user.
 */
export function urlFor(template: string, target: Target): URL {
  const text = template.replaceAll(/\{(target|host)\}/g, (_, what) =>
    what === 'target' ? hostAndPort(target) : urlHost(target),
  );
  if (!URL.canParse(text)) {
    throw new PluginFailedError('invalid-args', `url becomes "${text}", which is no URL`);
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    // Shown nowhere: it may hold a password.
    throw new PluginFailedError('invalid-args', 'url names a user; send a header instead');
  }
  return url;
}

/** The host of a URL as DNS and sockets take it: an IPv6 address without brackets. */
export function hostOf(url: URL): string {
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) ? bare : url.hostname;
}
