import { describe, expect, it } from '@jest/globals';
import { AllowedTargets } from './allowed-targets.js';

describe('AllowedTargets without entries', () => {
  const allowed = new AllowedTargets([]);

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

describe('AllowedTargets with entries', () => {
  const allowed = new AllowedTargets(['*.example.net', 'edge-1', '10.1.0.0/16', '127.0.0.0/8']);

  it.each(['a.example.net', 'A.B.EXAMPLE.NET', 'edge-1', '10.1.2.3', '127.0.0.9'])(
    'allows the host %s',
    (host) => {
      expect(allowed.refuseHost(host)).toBeUndefined();
    },
  );

  it.each(['example.net', 'a.example.net.evil.org', 'edge-10', '10.2.0.1'])(
    'refuses the host %s',
    (host) => {
      expect(allowed.refuseHost(host)).toContain('TARGETS_ALLOWED');
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
    expect(allowed.refuseAddress('other.org', '203.0.113.9')).toContain('TARGETS_ALLOWED');
  });
});

it('treats * as every name', () => {
  const allowed = new AllowedTargets(['*', '127.0.0.0/8']);
  expect(allowed.refuseAddress('any.org', '203.0.113.9')).toBeUndefined();
  expect(allowed.refuseAddress('any.org', '127.0.0.1')).toBeUndefined();
  expect(allowed.refuseAddress('any.org', '::1')).toBeDefined();
});

it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'fd00::/129', 'a b', 'host/8', ''])(
  'names the entry "%s", which is nothing',
  (entry) => {
    expect(() => new AllowedTargets([entry])).toThrow(`"${entry}"`);
  },
);
