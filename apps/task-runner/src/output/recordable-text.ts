/**
 * A text as the record takes it, at most `maxLength` UTF-16 units: no U+0000, which no PostgreSQL
 * text can hold, and no half of a surrogate pair, which UTF-8 cannot write.
 */
export function recordableText(text: string, maxLength: number): string {
  return Buffer.from(headOf(text, maxLength)).toString('utf8').replaceAll('\0', '\uFFFD');
}

/** The beginning of a text, at most `maxLength` UTF-16 units, cut between two characters. */
export function headOf(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const isPairCut = isHighSurrogate(text.charCodeAt(maxLength - 1));
  return text.slice(0, isPairCut ? maxLength - 1 : maxLength);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
