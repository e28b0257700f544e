import {
  InvalidMessageError,
  MAX_MESSAGE_BYTES,
  SearchDocumentsAnswered,
  checkMessage,
  type SearchHit,
  type SearchSort,
} from '#contracts';
import type { SearchPage, StoredHit } from '../stores/search-request.js';
import { encodeCursor } from './cursor.js';

/** What the hits of an answer may have together: the message limit, less what stands around them. */
const MAX_HITS_BYTES = MAX_MESSAGE_BYTES - 8 * 1024;

/**
 * The answer for a page: as many of its hits as fit a message, and a cursor when there are more. A document that no answer can carry (too large, nested too deeply)
 * is replaced by a note, so that it does not hide those behind it.
 */
export function searchAnswer(page: SearchPage, sort: SearchSort): SearchDocumentsAnswered {
  const hits: SearchHit[] = [];
  let bytes = 0;
  for (const stored of page.hits) {
    const hit = presentable(stored);
    bytes += sizeOf(hit);
    if (bytes > MAX_HITS_BYTES) break;
    hits.push(hit);
  }
  const last = page.hits[hits.length - 1];
  const more = page.more || hits.length < page.hits.length;
  return Object.assign(new SearchDocumentsAnswered(), {
    hits,
    total: page.total,
    ...(more && last && { nextCursor: encodeCursor(sort, last.position) }),
  });
}

function presentable({ position, document }: StoredHit): SearchHit {
  const { index, id, score } = position;
  const hit = { index, id, score, document };
  const bytes = sizeOf(hit);
  if (bytes > MAX_HITS_BYTES) return { ...hit, document: note(`it has ${bytes} bytes`) };
  try {
    checkMessage(SearchDocumentsAnswered, { hits: [hit], total: 1 });
    return hit;
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    return { ...hit, document: note(error.message) };
  }
}

function note(why: string): SearchHit['document'] {
  return { 'signalbox-omitted': `the document does not fit an answer: ${why}` };
}

function sizeOf(hit: SearchHit): number {
  return Buffer.byteLength(JSON.stringify(hit));
}
