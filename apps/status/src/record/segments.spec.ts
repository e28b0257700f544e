import { describe, expect, it } from '@jest/globals';
import { AddTargets, CancelTask, RunTask } from '#contracts';
import { EXECUTION, hosts } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { segmentsOf } from './segments.js';

const messages = new RecordInMemory();
const page = (executionId = EXECUTION) =>
  messages.message(AddTargets, { executionId, page: 1, targets: hosts(2) });
const run = () =>
  messages.message(RunTask, {
    executionId: EXECUTION,
    plugin: 'ssh',
    targets: { pages: 1, count: 2, sha256: 'a'.repeat(64) },
  });
const other = () => messages.message(CancelTask, { executionId: EXECUTION });

describe('a batch', () => {
  it('is cut before a command whose pages are in it', () => {
    const batch = [other(), page(), other(), run(), other()];
    expect(segmentsOf(batch).map(({ length }) => length)).toEqual([3, 2]);
    expect(segmentsOf(batch).flat()).toEqual(batch);
  });

  it('stays whole otherwise', () => {
    expect(segmentsOf([run(), page()])).toHaveLength(1);
    const another = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b12';
    expect(segmentsOf([page(another), run()])).toHaveLength(1);
  });
});
