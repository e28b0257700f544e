import { describe, expect, it } from '@jest/globals';
import { AllowedHosts } from './allowed-hosts.js';

const allows = (entries: readonly string[], host: string, address = host): boolean =>
  new AllowedHosts(entries).refusal(host, address) === undefined;

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
    expect(new AllowedHosts([]).refusal('db.internal', '127.0.0.1')).toMatch(
      /list its network in STREAM_ALLOWED_HOSTS/,
    );
    expect(new AllowedHosts(['a']).refusal('b', '192.0.2.1')).toBe(
      'b (192.0.2.1) is not in STREAM_ALLOWED_HOSTS',
    );
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'a b', '::/129', 'http://x'])(
    'refuses %s as an entry',
    (entry) => {
      expect(() => new AllowedHosts([entry])).toThrow(TypeError);
    },
  );
});
