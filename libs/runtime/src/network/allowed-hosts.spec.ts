import { describe, expect, it } from '@jest/globals';
import { AllowedHosts } from './allowed-hosts.js';

const SETTING = 'HOSTS_ALLOWED';

const allows = (entries: readonly string[], host: string, address = host): boolean =>
  new AllowedHosts(SETTING, entries).refuseAddress(host, address) === undefined;

describe('AllowedHosts', () => {
  it.each([
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
  ])('guards %s unless a listed network holds it', (address) => {
    expect(allows([], 'host.example.net', address)).toBe(false);
    expect(allows(['*'], 'host.example.net', address)).toBe(false);
    expect(allows([address], 'host.example.net', address)).toBe(true);
  });

  it('allows every other host when nothing is listed', () => {
    expect(allows([], 'edge.example.net', '192.0.2.1')).toBe(true);
    expect(allows([], '10.0.0.1')).toBe(true);
  });

  it('allows what a pattern or a network names, and nothing else', () => {
    const entries = ['*.example.net', '10.0.0.0/8', '2001:db8::/32'];
    expect(allows(entries, 'Edge.EXAMPLE.net', '192.0.2.1')).toBe(true);
    expect(allows(entries, 'example.net', '192.0.2.1')).toBe(false);
    expect(allows(entries, 'edge.example.net.evil.test', '192.0.2.1')).toBe(false);
    expect(allows(entries, 'elsewhere.test', '10.1.2.3')).toBe(true);
    expect(allows(entries, '2001:db8::7')).toBe(true);
    expect(allows(entries, '11.0.0.1')).toBe(false);
  });

  it('takes the dots of a pattern for dots', () => {
    expect(allows(['a.b'], 'axb', '192.0.2.1')).toBe(false);
  });

  it('says what is wrong and what to do', () => {
    expect(new AllowedHosts(SETTING, []).refuseAddress('db.internal', '127.0.0.1')).toMatch(
      /list its network in HOSTS_ALLOWED/,
    );
    expect(new AllowedHosts(SETTING, ['a']).refuseAddress('b', '192.0.2.1')).toBe(
      '192.0.2.1 (b) is not in HOSTS_ALLOWED',
    );
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'a b', '::/129', 'http://x'])(
    'refuses %s as an entry',
    (entry) => {
      expect(() => new AllowedHosts(SETTING, [entry])).toThrow(TypeError);
    },
  );
});

describe('AllowedHosts without entries', () => {
  const allowed = new AllowedHosts(SETTING, []);

  it.each(['10.0.0.7', '192.0.2.1', '2001:db8::1'])('lets %s through', (address) => {
    expect(allowed.refuseAddress('edge-1', address)).toBeUndefined();
  });

  it.each([
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
  ])('refuses %s, whatever the name', (address) => {
    expect(allowed.refuseAddress('innocent.example.net', address)).toContain(address);
  });

  it('lets every host through where nothing is connected to', () => {
    expect(allowed.refuseHost('localhost')).toBeUndefined();
  });
});

describe('AllowedHosts with entries', () => {
  const allowed = new AllowedHosts(SETTING, [
    '*.example.net',
    'edge-1',
    '10.1.0.0/16',
    '127.0.0.0/8',
  ]);

  it.each(['a.example.net', 'A.B.EXAMPLE.NET', 'edge-1', '10.1.2.3', '127.0.0.9'])(
    'allows the host %s',
    (host) => {
      expect(allowed.refuseHost(host)).toBeUndefined();
    },
  );

  it.each(['example.net', 'a.example.net.evil.org', 'edge-10', '10.2.0.1'])(
    'refuses the host %s',
    (host) => {
      expect(allowed.refuseHost(host)).toContain('HOSTS_ALLOWED');
    },
  );

  it('allows any name for an address in a listed network, loopback too', () => {
    expect(allowed.refuseAddress('whatever.org', '10.1.255.1')).toBeUndefined();
    expect(allowed.refuseAddress('whatever.org', '127.0.0.1')).toBeUndefined();
  });

  it('allows an allowed name any address that is not special', () => {
    expect(allowed.refuseAddress('a.example.net', '203.0.113.9')).toBeUndefined();
  });

  it('does not let a name open what only a network opens', () => {
    expect(allowed.refuseAddress('a.example.net', '169.254.169.254')).toContain('metadata');
  });

  it('refuses other names', () => {
    expect(allowed.refuseAddress('other.org', '203.0.113.9')).toContain('HOSTS_ALLOWED');
  });
});

it('treats * as every name', () => {
  const allowed = new AllowedHosts(SETTING, ['*', '127.0.0.0/8']);
  expect(allowed.refuseAddress('any.org', '203.0.113.9')).toBeUndefined();
  expect(allowed.refuseAddress('any.org', '127.0.0.1')).toBeUndefined();
  expect(allowed.refuseAddress('any.org', '::1')).toBeDefined();
});

it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'fd00::/129', 'a b', 'host/8', ''])(
  'names the entry "%s", which is nothing',
  (entry) => {
    expect(() => new AllowedHosts(SETTING, [entry])).toThrow(`"${entry}"`);
  },
);
