import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { PluginFailedError } from '#contracts';
import { abortable } from '#supervisor';
import type { AllowedHosts } from '#runtime';

const resolveAll = promisify(resolve);

/**
 * The addresses of a host that may be connected to. Whoever connects uses these and looks nothing up
 * again: between two answers a name may have moved to an address that is not allowed.
 *
 * @throws {PluginFailedError} `target-unreachable` when the name does not resolve, `target-not-allowed`
 * when no address of it is allowed. Rejects with the signal's reason when that is aborted.
 */
export async function checkedAddresses(
  host: string,
  allowed: AllowedHosts,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const addresses = await addressesOf(host, signal);
  const refusals = addresses.map(({ address }) => allowed.refuseAddress(host, address));
  const checked = addresses.filter((_, i) => refusals[i] === undefined);
  if (checked.length > 0) return checked;
  throw new PluginFailedError('target-not-allowed', refusals.join('; '));
}

/** A lookup for `net.connect` and `tls.connect` that answers with addresses that are known already. */
export function answerWith(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function addressesOf(host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await abortable(resolveAll(host, { all: true }), signal, () => {});
  } catch (cause) {
    signal.throwIfAborted();
    throw new PluginFailedError(
      'target-unreachable',
      `${host} does not resolve: ${String(cause)}`,
      {
        cause,
        retryable: true,
      },
    );
  }
}
