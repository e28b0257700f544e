import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXECUTION_STATES, STREAM_STATES, TARGET_STATES } from '#contracts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8');

/** The words of the drawing that follows the line that begins so. */
function drawing(beginning: string): ReadonlySet<string> {
  const [, after = ''] = PAGE.split(`\n${beginning}`);
  const [, drawn = ''] = after.split('```');
  return new Set(drawn.match(/[a-z]+(?:-[a-z]+)*/g));
}

describe('docs/architecture.md', () => {
  it.each([
    { what: 'An **execution**', states: EXECUTION_STATES },
    { what: 'A **target**', states: ['waiting', ...TARGET_STATES] },
    { what: 'A **stream**', states: STREAM_STATES },
    { what: 'The same lease', states: ['held', 'suspended', 'lost', 'finished', 'released'] },
  ])('draws every state: $what', ({ what, states }) => {
    const drawn = drawing(what);
    expect(states.filter((state) => !drawn.has(state))).toEqual([]);
  });
});
