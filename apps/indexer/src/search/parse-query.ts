/** Words and phrases that stand together; a word is a phrase of one. */
export interface QueryGroup {
  /** All of these are in the document. */
  readonly wanted: readonly string[];
  /** None of these is. */
  readonly unwanted: readonly string[];
}

/** A document matches when it matches one of the groups. Empty: every document matches. */
export type ParsedQuery = readonly QueryGroup[];

const TERM = /(-?)(?:"([^"]*)"?|([^\s"]+))/g;
const HAS_A_WORD = /[\p{L}\p{N}]/u;

/**
 * Reads the query language, the same on every store: `word`, `"a phrase"`, `-word`, `-"a phrase"`, and `OR` between
 * groups of them (it binds less than standing side by side: `a b OR c` is `(a and b) or c`). There is no wrong query: an `OR` with
 * nothing beside it, a `-` alone, punctuation without a letter or digit mean nothing, a missing closing quote stands at the end.
 */
export function parseQuery(text: string): ParsedQuery {
  const groups: { wanted: string[]; unwanted: string[] }[] = [];
  let group: (typeof groups)[number] | undefined;
  for (const [, minus, phrase, word] of text.matchAll(TERM)) {
    if (word === 'OR' && minus === '') {
      group = undefined;
      continue;
    }
    const term = phrase ?? word ?? '';
    if (!HAS_A_WORD.test(term)) continue;
    if (group === undefined) groups.push((group = { wanted: [], unwanted: [] }));
    (minus === '-' ? group.unwanted : group.wanted).push(term);
  }
  return groups;
}
