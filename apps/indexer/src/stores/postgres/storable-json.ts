/*
 * PostgreSQL cannot keep every JSON text: `\u0000` and half a surrogate pair are legal in JSON (and other stores take
 * them) but not in jsonb. Refusing such documents would send every log line with a stray NUL to the dead letters, so
 * each such escape is replaced by U+FFFD, the replacement character: as long as what it replaces, and visible.
 */

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ESCAPE_BYTES = 6;
const REPLACEMENT = Buffer.from(String.raw`\ufffd`);

/** The document as jsonb takes it: itself, or a copy with every escape replaced that jsonb refuses. */
export function storableJson(json: Buffer): Buffer {
  let copy: Buffer | undefined;
  let at = json.indexOf(BACKSLASH);
  while (at !== -1) {
    const next = escapeFrom(json, at);
    if (next.refused) {
      copy ??= Buffer.from(json);
      REPLACEMENT.copy(copy, at);
    }
    at = json.indexOf(BACKSLASH, next.end);
  }
  return copy ?? json;
}

/** Where the escape that begins at `at` ends, and whether jsonb refuses it. A surrogate pair counts as one escape. */
function escapeFrom(json: Buffer, at: number): { readonly end: number; readonly refused: boolean } {
  const unit = codeUnit(json, at);
  if (unit === undefined) return { end: at + 2, refused: false };
  const end = at + ESCAPE_BYTES;
  if (isHighSurrogate(unit) && isLowSurrogate(codeUnit(json, end))) {
    return { end: end + ESCAPE_BYTES, refused: false };
  }
  return { end, refused: unit === 0 || isHighSurrogate(unit) || isLowSurrogate(unit) };
}

/** The UTF-16 unit of a `\uXXXX` at `at`; undefined for anything else. */
function codeUnit(json: Buffer, at: number): number | undefined {
  if (json[at] !== BACKSLASH || json[at + 1] !== LETTER_U) return undefined;
  const digits = json.toString('latin1', at + 2, at + ESCAPE_BYTES);
  return /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 0xdc00 && unit <= 0xdfff;
}
