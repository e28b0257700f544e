import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelProperty } from '../test/model-property.js';

describe('the supervisor', () => {
  it('does what the drawing says, for any order of spawns, cancels, ends, deadlines and a close', async () => {
    // A failure prints its seed and path, and the shortest history that fails.
    const histories = fc.assert(modelProperty(30), { numRuns: 2_000 });
    await expect(histories).resolves.toBeUndefined();
  }, 120_000);
});
