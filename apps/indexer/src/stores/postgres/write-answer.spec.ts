import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { classOf, writeAnswer } from './write-answer.js';

function serverSays(code: string): DatabaseError {
  return Object.assign(new DatabaseError('no', 0, 'error'), { code });
}

describe('classOf', () => {
  it.each([
    ['22P02', 'poison'],
    ['22021', 'poison'],
    ['54000', 'too-large'],
    ['40P01', 'transient'],
    ['53100', 'backpressure'],
    ['53300', 'backpressure'],
    ['57P01', 'unknown'],
    ['57014', 'unknown'],
    ['25006', 'blocked'],
    ['28P01', 'auth'],
    ['3D000', 'auth'],
    ['42501', 'auth'],
    ['42P01', 'misconfigured'],
    ['XX000', 'transient'],
  ])('takes SQLSTATE %s for %s', (code, expected) => {
    expect(classOf(serverSays(code))).toBe(expected);
  });

  it('knows nothing when the error did not come from the server', () => {
    expect(classOf(new Error('Connection terminated unexpectedly'))).toBe('unknown');
  });
});

describe('writeAnswer', () => {
  it('refuses the bulk when a document in it may be at fault', () => {
    expect(writeAnswer(serverSays('22P02'), 3)).toEqual({
      refused: { class: 'poison', reason: 'no [SQLSTATE 22P02]' },
    });
  });

  it('says the same of every document otherwise', () => {
    const result = { class: 'transient', reason: 'no [SQLSTATE 40P01]' };
    expect(writeAnswer(serverSays('40P01'), 2)).toEqual({ results: [result, result] });
  });
});
