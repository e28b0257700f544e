import { describe, expect, it } from '@jest/globals';
import { AddTargets, CommandAccepted } from '#contracts';
import { EXECUTION, hosts, run } from '../../../testing/messages.js';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import { MAX_TARGETS, pagesRefusal } from './target-pages.js';

const said = { pages: 2, count: 7_000, sha256: 'a'.repeat(64) };
const arrived = { ...said, lastPage: 2, distinct: 7_000 };

describe('targets that come in pages', () => {
  it('are taken when they are what the command says', () => {
    expect(pagesRefusal(said, arrived)).toBeUndefined();
  });

  it.each([
    { what: 'nothing arrived', got: undefined, code: 'targets-missing' },
    { what: 'a page is missing', got: { ...arrived, pages: 1 }, code: 'targets-missing' },
    { what: 'a page is too many', got: { ...arrived, lastPage: 3 }, code: 'targets-missing' },
    { what: 'targets are missing', got: { ...arrived, count: 6_999 }, code: 'targets-missing' },
    { what: 'the hash differs', got: { ...arrived, sha256: 'b' }, code: 'targets-missing' },
    { what: 'a target is twice', got: { ...arrived, distinct: 6_999 }, code: 'contract-violated' },
  ])('are refused when $what', ({ got, code }) => {
    expect(pagesRefusal(said, got)).toMatchObject({ code });
  });

  it('are refused when they are too many', () => {
    const many = { ...said, count: MAX_TARGETS + 1 };
    expect(pagesRefusal(many, { ...arrived, ...many })).toMatchObject({ code: 'too-large' });
  });
});

describe('S2: task.targets', () => {
  const page = (record: RecordInMemory, targets: readonly string[]) =>
    record.tell(AddTargets, { executionId: EXECUTION, page: 1, targets }).replies;

  it('keeps a page once, however often it comes', () => {
    const record = new RecordInMemory();
    for (const time of [1, 2]) {
      expect({ time, replies: page(record, hosts(2)) }).toMatchObject({
        replies: [{ contract: CommandAccepted, body: { id: EXECUTION } }],
      });
    }
    expect(record.set.changes.newPages).toHaveLength(1);
  });

  it('refuses other targets on the same page', () => {
    const record = new RecordInMemory();
    page(record, hosts(2));
    expect(page(record, hosts(3))).toMatchObject([{ body: { code: 'id-reused' } }]);
  });

  it('does not keep what comes after its command', () => {
    const record = new RecordInMemory();
    run(record, 2);
    expect(page(record, hosts(2))).toMatchObject([{ contract: CommandAccepted }]);
    expect(record.set.changes.newPages).toEqual([]);
  });
});
