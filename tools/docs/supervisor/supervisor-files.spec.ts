import { describe, expect, it } from '@jest/globals';
import { changedFiles } from '../changed-files.ts';
import { supervisorFiles } from './supervisor-files.ts';

describe('the reference and the README of the supervisor', () => {
  it('stand there as they would be made now; if not, run `npm run docs`', async () => {
    expect(changedFiles(await supervisorFiles())).toEqual([]);
  }, 30_000);
});
