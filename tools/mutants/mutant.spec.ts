import { describe, expect, it } from '@jest/globals';
import { plant } from './mutant.ts';

const mutant = {
  name: 'off-by-one',
  story: 'One too many.',
  file: 'src/count.ts',
  find: 'count < limit',
  replace: 'count <= limit',
};

describe('a mutant', () => {
  it('is planted where its text is', () => {
    expect(plant(mutant, 'return count < limit;')).toBe('return count <= limit;');
  });

  it('is stale when its text is gone, or is there twice', () => {
    const message = 'The mutant off-by-one is stale: what it replaces occurs';
    expect(() => plant(mutant, 'return free > 0;')).toThrow(`${message} 0 times in src/count.ts`);
    expect(() => plant(mutant, 'count < limit; count < limit')).toThrow(`${message} 2 times`);
  });
});
