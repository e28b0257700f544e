import { isIPv6 } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTarget } from './target.js';

describe('a target', () => {
  it.each([
    ['edge-01', { host: 'edge-01' }],
    ['edge-01.example.net', { host: 'edge-01.example.net' }],
    ['deploy@edge-01', { user: 'deploy', host: 'edge-01' }],
    ['deploy@edge-01:2222', { user: 'deploy', host: 'edge-01', port: 2222 }],
    ['192.0.2.7:65535', { host: '192.0.2.7', port: 65_535 }],
    ['[2001:db8::1]', { host: '2001:db8::1' }],
    ['root@[fe80::1%eth0]:22', { user: 'root', host: 'fe80::1%eth0', port: 22 }],
    ['svc_backup+x@db_1', { user: 'svc_backup+x', host: 'db_1' }],
  ])('%s is taken apart', (target, parts) => {
    expect(parseTarget(target)).toEqual(parts);
  });

  it.each([
    ['nothing', ''],
    ['no host', 'deploy@'],
    ['no user', '@edge-01'],
    ['a user that reads as an option', '-oProxyCommand=x@edge-01'],
    ['a host that reads as an option', '-oProxyCommand=x'],
    ['two users', 'a@b@edge-01'],
    ['a space', 'edge 01'],
    ['a line break', 'edge-01\n'],
    ['a shell command', 'edge-01;reboot'],
    ['a scheme', 'ssh://edge-01'],
    ['port 0', 'edge-01:0'],
    ['a port too large', 'edge-01:65536'],
    ['an empty port', 'edge-01:'],
    ['IPv6 without brackets', '2001:db8::1'],
    ['a name in brackets', '[edge-01]'],
    ['brackets left open', '[2001:db8::1'],
    ['an empty label', 'edge..example.net'],
    ['a label that ends in a hyphen', 'edge-.example.net'],
    ['a label of 64 characters', `${'a'.repeat(64)}.net`],
    ['a name of 254 characters', `${'a.'.repeat(126)}aa`],
    ['a letter beyond ASCII', 'ëdge-01'],
  ])('is not %s', (_, target) => {
    expect(parseTarget(target)).toBeUndefined();
  });

  it('in brackets is an IPv6 address exactly when Node.js says so', () => {
    const group = fc.oneof(fc.constantFrom('', '0', 'db8', 'FFFF', '12345', '192.0.2.1', '1.2.3'));
    const address = fc.array(group, { minLength: 1, maxLength: 10 }).map((all) => all.join(':'));
    fc.assert(
      fc.property(address, (text) => {
        expect(parseTarget(`[${text}]`) !== undefined).toBe(isIPv6(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('of hostile length is refused at once', () => {
    const started = performance.now();
    const hostile = ['a-', 'a.', 'a:', ':', '1:', '[::1%', 'a@', '[a:'];
    for (const piece of hostile) {
      expect(parseTarget(`${piece.repeat(200_000)}!`)).toBeUndefined();
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
