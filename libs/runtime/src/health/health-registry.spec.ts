import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health-registry.js';

describe('HealthRegistry', () => {
  it('tells what each check says now, and which of them are troubles', () => {
    const health = new HealthRegistry();
    let reason: string | undefined = 'down';
    health.register('store', () => reason);
    health.register('broker', () => undefined);
    expect([...health.check()]).toEqual([
      ['store', 'down'],
      ['broker', undefined],
    ]);
    expect([...health.troubles()]).toEqual([['store', 'down']]);
    reason = undefined;
    expect(health.troubles().size).toBe(0);
  });

  it('takes a check that throws for one that fails', () => {
    const health = new HealthRegistry();
    health.register('store', () => {
      throw new Error('no idea');
    });
    expect(health.check().get('store')).toBe('the check failed: no idea');
  });

  it('refuses a name that is taken', () => {
    const health = new HealthRegistry();
    health.register('store', () => undefined);
    expect(() => health.register('store', () => undefined)).toThrow(/store exists already/);
  });
});
