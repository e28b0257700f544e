import { describe, expect, it } from '@jest/globals';
import { GRACE_MS, Grace } from './grace.js';

describe('S9: the grace', () => {
  it('lasts ten seconds after the watcher connected or took over', () => {
    const grace = new Grace();
    grace.begin(1_000);
    expect(grace.isOver(1_000 + GRACE_MS - 1)).toBe(false);
    expect(grace.isOver(1_000 + GRACE_MS)).toBe(true);
  });

  it('is not given for one instance that vanishes, nor for two that do so apart', () => {
    const grace = new Grace();
    grace.vanished(1_000);
    expect(grace.isOver(1_001)).toBe(true);
    grace.vanished(3_001);
    expect(grace.isOver(3_001)).toBe(true);
  });

  it('begins again when two vanish within two seconds', () => {
    const grace = new Grace();
    grace.vanished(1_000);
    grace.vanished(3_000);
    expect(grace.isOver(3_000 + GRACE_MS - 1)).toBe(false);
    expect(grace.isOver(3_000 + GRACE_MS)).toBe(true);
  });
});
