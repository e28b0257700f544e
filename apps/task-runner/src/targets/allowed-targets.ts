import { BlockList, isIP } from 'node:net';

/**
 * Addresses that mean "this machine" or "what this machine may know about itself". Nobody runs a
 * request against them by accident or through a DNS answer: they must be listed by network.
 */
const SPECIAL_NETWORKS = [
  '0.0.0.0/8', // "this network": Linux connects it to loopback
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; 169.254.169.254 answers for most clouds' metadata
  '100.100.100.200/32', // Alibaba Cloud's metadata
  '168.63.129.16/32', // Azure's platform channel
  '::/128',
  '::1/128', // loopback
  'fe80::/10', // link-local
  'fd00:ec2::/32', // Amazon's metadata
];

/**
 * Which hosts and addresses plugins may touch: the setting `TARGETS_ALLOWED`.
 *
 * An entry is an address or network (`10.0.0.0/8`, `fd12::/16`) or a host pattern in which `*` stands
 * for any characters (`*.example.net`, `*`). Without entries every host is allowed. A pattern never
 * opens loopback, link-local and cloud metadata addresses: a name that somebody else's DNS server
 * answers for can point to them, so only a listed network does.
 */
export class AllowedTargets {
  private readonly special = new BlockList();
  private readonly networks = new BlockList();
  private readonly patterns: readonly RegExp[];
  private readonly everyName: boolean;

  /** @throws {TypeError} naming the entry that is neither a network nor a host pattern. */
  constructor(entries: readonly string[]) {
    for (const network of SPECIAL_NETWORKS) addNetwork(this.special, network);
    this.patterns = entries.filter((entry) => !isNetwork(entry)).map(hostPattern);
    for (const entry of entries.filter(isNetwork)) addNetwork(this.networks, entry);
    this.everyName = entries.length === 0;
  }

  /**
   * Why the host of a target is refused, or nothing when it is allowed. For plugins that leave the
   * connecting to a program: the host stands as it was written, nothing is looked up.
   */
  refuseHost(host: string): string | undefined {
    const allowed = isIP(host) ? this.listed(host) || this.named(host) : this.named(host);
    return allowed ? undefined : `host ${host} is not in TARGETS_ALLOWED`;
  }

  /**
   * Why a connection to `address`, which `host` stands for, is refused, or nothing when it is
   * allowed. Call it with the very address that is connected to.
   */
  refuseAddress(host: string, address: string): string | undefined {
    if (this.listed(address)) return undefined;
    if (contains(this.special, address)) {
      return `${address} (${host}) is a loopback, link-local or metadata address; list its network in TARGETS_ALLOWED to allow it`;
    }
    return this.named(host) ? undefined : `${address} (${host}) is not in TARGETS_ALLOWED`;
  }

  private named(host: string): boolean {
    return this.everyName || this.patterns.some((pattern) => pattern.test(host));
  }

  private listed(address: string): boolean {
    return contains(this.networks, address);
  }
}

function isNetwork(entry: string): boolean {
  return isIP(entry.split('/')[0] ?? '') !== 0;
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const length = prefix === undefined ? longest : Number(prefix);
  if (!Number.isInteger(length) || length < 0 || length > longest || prefix === '') {
    throw new TypeError(`"${network}" is not a network: write address/prefix, such as 10.0.0.0/8`);
  }
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4-mapped IPv6 address (`::ffff:127.0.0.1`) matches the IPv4 networks: BlockList sees to it. */
function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function hostPattern(entry: string): RegExp {
  if (!/^[A-Za-z0-9*._-]+$/.test(entry)) {
    throw new TypeError(`"${entry}" is neither a host pattern nor a network`);
  }
  const source = entry.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^${source}$`, 'i');
}
