import { beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.ts';

describe('the ledger', () => {
  let ledger: Ledger;
  const violations = (republished = 0): string[] => ledger.violations({ expected: 2, republished });

  beforeEach(() => {
    ledger = new Ledger();
    for (const id of ['a', 'b']) {
      ledger.noteConfirmed(id);
      ledger.noteDelivered(id, false);
    }
    ledger.noteSettled('a');
  });

  it('has nothing to say when each message is settled or dead', () => {
    ledger.noteDead('b');
    expect(violations()).toEqual([]);
  });

  it('misses what was confirmed and is neither, by name', () => {
    expect(ledger.missing).toEqual(['b']);
    expect(violations()).toEqual(['1 confirmed messages are lost, b among them']);
  });

  it('notices that not all was confirmed', () => {
    ledger.noteSettled('b');
    expect(ledger.violations({ expected: 3, republished: 0 })).toEqual([
      '2 of 3 messages are confirmed',
    ]);
  });

  it('asks why a delivery came again: redelivered, or published again', () => {
    ledger.noteSettled('b');
    ledger.noteDelivered('b', false);
    expect(violations()).toEqual([expect.stringContaining('1 deliveries are doubled')]);
    expect(violations(1)).toEqual([]);
    ledger.noteDelivered('a', true);
    expect(violations(1)).toEqual([]);
    expect(ledger.totals).toMatchObject({ doubled: 2, redelivered: 1 });
  });

  it('says when so many are confirmed, at once or later', async () => {
    await ledger.untilConfirmed(2);
    const third = ledger.untilConfirmed(3);
    ledger.noteConfirmed('c');
    await expect(third).resolves.toBeUndefined();
  });
});
