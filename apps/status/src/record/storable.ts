// What JSON.stringify makes of U+0000 and of half a surrogate pair; not of an escaped backslash before the same letters.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Whether PostgreSQL can store the texts of this JSON: it takes neither U+0000 nor half a surrogate pair. */
export function isStorable(json: string): boolean {
  return !UNSTORABLE.test(json);
}

/** The text with each character that PostgreSQL cannot store replaced by U+FFFD. */
export function storableText(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD');
}
