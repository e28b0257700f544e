import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readExamples } from './examples.ts';
import { EXAMPLES } from './supervisor-files.ts';

const examples = readExamples(EXAMPLES);

describe('the examples of the supervisor', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each(examples)('$name prints what it says', async ({ name, output }) => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    await import(join(EXAMPLES, name));
    expect(log.mock.calls.map((words) => words.join(' '))).toEqual(output);
  });
});
