import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { raceProperty } from '../test/race-property.js';

describe('the supervisor', () => {
  it('loses nothing, in whatever order bodies, timers, cancels and a close come', async () => {
    // A failure prints its seed and path, and the shortest schedule that fails.
    const races = fc.assert(raceProperty(), { numRuns: 1_000 });
    await expect(races).resolves.toBeUndefined();
  }, 120_000);
});
