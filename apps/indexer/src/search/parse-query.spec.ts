import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseQuery } from './parse-query.js';

const group = (wanted: string[], unwanted: string[] = []) => ({ wanted, unwanted });

describe('parseQuery', () => {
  it.each([
    ['one word', 'failed', [group(['failed'])]],
    ['words side by side', ' failed   root ', [group(['failed', 'root'])]],
    ['a phrase', '"failed password" root', [group(['failed password', 'root'])]],
    ['unwanted words and phrases', 'a -b -"c d"', [group(['a'], ['b', 'c d'])]],
    ['only unwanted words', '-b', [group([], ['b'])]],
    ['OR between groups', 'a b OR -c d', [group(['a', 'b']), group(['d'], ['c'])]],
    ['OR in quotes as a word', 'a "OR" b', [group(['a', 'OR', 'b'])]],
    ['or in small letters as a word', 'a or b', [group(['a', 'or', 'b'])]],
    ['an OR with nothing beside it', 'OR a OR OR b OR', [group(['a']), group(['b'])]],
    ['a missing closing quote', 'a "b c', [group(['a', 'b c'])]],
    ['a quote inside a word', 'a"b c"d', [group(['a', 'b c', 'd'])]],
    ['a hyphen inside a word', 'web-01', [group(['web-01'])]],
    ['punctuation alone', '- -- "" "-" !', []],
    ['nothing', '  ', []],
  ])('reads %s', (_, text, expected) => {
    expect(parseQuery(text)).toEqual(expected);
  });

  it('reads any text, and no term holds a quote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const terms = parseQuery(text).flatMap(({ wanted, unwanted }) => [...wanted, ...unwanted]);
        for (const term of terms) expect(term).not.toContain('"');
      }),
    );
  });
});
