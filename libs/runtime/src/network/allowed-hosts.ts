import { BlockList, isIP } from 'node:net';
import { hostPattern } from './host-pattern.js';

/**
 * Addresses that mean "this machine" or "what this machine may know about itself". A name that
 * somebody else's DNS server answers for can point to them, so only a listed network opens them.
 */
const GUARDED_NETWORKS = [
  '0.0.0.0/8', // "this network": Linux connects it to loopback
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; 169.254.169.254 answers for most clouds' metadata
  '100.100.100.200/32', // Alibaba Cloud's metadata
  '168.63.129.16/32', // Azure's platform channel
  '::/128',
  '::1/128', // loopback
  'fe80::/10', // link-local
  'fd00:ec2::/32', // Amazon's metadata
  '64:ff9b::7f00:0/104', // loopback and link-local behind NAT64
  '64:ff9b::a9fe:0/112',
];

/**
 * Which hosts and addresses a service may touch, as a setting lists them.
 *
 * An entry is an address or network (`10.0.0.0/8`, `fd12::/16`) or a host pattern in which `*` stands
 * for any characters (`*.example.net`, `*`). Without entries every host is allowed. Loopback,
 * link-local and cloud metadata addresses are open only where a listed network holds them.
 */
export class AllowedHosts {
  readonly #guarded = new BlockList();
  readonly #networks = new BlockList();
  readonly #patterns: readonly RegExp[];
  readonly #everyName: boolean;

  /**
   * @param setting the setting's name, for what a refusal says
   * @throws {TypeError} naming the entry that is neither a network nor a host pattern.
   */
  constructor(
    readonly setting: string,
    entries: readonly string[],
  ) {
    for (const network of GUARDED_NETWORKS) addNetwork(this.#guarded, network);
    for (const entry of entries.filter(isNetwork)) addNetwork(this.#networks, entry);
    this.#patterns = entries.filter((entry) => !isNetwork(entry)).map(hostPattern);
    this.#everyName = entries.length === 0;
  }

  /**
   * Why a host is refused as it is written; nothing when it is allowed. For those who leave the connecting to a program:
   * nothing is looked up.
   */
  refuseHost(host: string): string | undefined {
    const allowed = this.#names(host) || (isIP(host) !== 0 && contains(this.#networks, host));
    return allowed ? undefined : `host ${host} is not in ${this.setting}`;
  }

  /**
   * Why a connection to `address`, which `host` stands for, is refused; nothing when it is allowed.
   * Ask it about the very address that is connected to.
   */
  refuseAddress(host: string, address: string): string | undefined {
    if (contains(this.#networks, address)) return undefined;
    if (contains(this.#guarded, address)) {
      return `${address} (${host}) is a loopback, link-local or metadata address; list its network in ${this.setting} to allow it`;
    }
    return this.#names(host) ? undefined : `${address} (${host}) is not in ${this.setting}`;
  }

  #names(host: string): boolean {
    return this.#everyName || this.#patterns.some((pattern) => pattern.test(host));
  }
}

function isNetwork(entry: string): boolean {
  return isIP(entry.split('/')[0] ?? '') !== 0;
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const family = familyOf(address);
  const longest = family === 'ipv6' ? 128 : 32;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) throw notANetwork(network);
  const length = prefix === undefined ? longest : Number(prefix);
  if (length > longest) throw notANetwork(network);
  list.addSubnet(address, length, family);
}

function notANetwork(text: string): TypeError {
  return new TypeError(`"${text}" is not a network: write address/prefix, such as 10.0.0.0/8`);
}

/** An IPv4-mapped IPv6 address (`::ffff:127.0.0.1`) is found in IPv4 networks: BlockList does that. */
function contains(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
