import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES, SearchDocumentsAnswered, encodeMessage } from '#contracts';
import type { StoredHit } from '../stores/search-request.js';
import { decodeCursor } from './cursor.js';
import { searchAnswer } from './search-answer.js';

function hit(id: string, document: StoredHit['document']): StoredHit {
  return { position: { score: 1, timeMs: 1_000, index: 'lines', id }, document };
}

const small = (id: string): StoredHit => hit(id, { message: 'x' });
const large = (id: string, bytes: number): StoredHit => hit(id, { message: 'x'.repeat(bytes) });

describe('searchAnswer', () => {
  it('carries the hits and the total, without a cursor when that is all', () => {
    const answer = searchAnswer(
      { hits: [small('a'), small('b')], total: 2, more: false },
      'newest',
    );
    expect(answer).toBeInstanceOf(SearchDocumentsAnswered);
    expect(answer).toEqual({
      hits: [
        { index: 'lines', id: 'a', score: 1, document: { message: 'x' } },
        { index: 'lines', id: 'b', score: 1, document: { message: 'x' } },
      ],
      total: 2,
    });
  });

  it('has a cursor behind its last hit when there are more', () => {
    const { nextCursor } = searchAnswer(
      { hits: [small('a'), small('b')], total: 9, more: true },
      'oldest',
    );
    expect(decodeCursor('oldest', nextCursor ?? '').id).toBe('b');
  });

  it('stops where the message is full, and goes on there', () => {
    const hits = ['a', 'b', 'c'].map((id) => large(id, 200_000));
    const answer = searchAnswer({ hits, total: 3, more: false }, 'newest');
    expect(answer.hits.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(decodeCursor('newest', answer.nextCursor ?? '').id).toBe('b');
    expect(encodeMessage(SearchDocumentsAnswered, answer).length).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  it.each<[string, StoredHit]>([
    ['too large', large('b', MAX_MESSAGE_BYTES)],
    ['nested too deeply', hit('b', JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`))],
    ['with a key that is not safe to pass on', hit('b', JSON.parse('{"__proto__":1}'))],
  ])('puts a note in the place of a document that is %s, and goes on behind it', (_, bad) => {
    const answer = searchAnswer(
      { hits: [small('a'), bad, small('c')], total: 3, more: false },
      'newest',
    );
    expect(answer.hits.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(answer.hits[1]?.document).toEqual({ 'signalbox-omitted': expect.any(String) });
    expect(answer.hits[2]?.document).toEqual({ message: 'x' });
  });

  it('is empty without hits', () => {
    expect(searchAnswer({ hits: [], total: 0, more: false }, 'newest')).toEqual({
      hits: [],
      total: 0,
    });
  });
});
