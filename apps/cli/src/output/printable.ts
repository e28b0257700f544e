/**
 * Text from outside as it may stand on a terminal: control characters, which could move the cursor or change what was printed
 * before, stand as `\u001b`. With `lines`, tabs and line breaks stay.
 */
export function printable(
  text: string,
  { lines = false }: { readonly lines?: boolean } = {},
): string {
  return text.replace(CONTROLS, (found) => {
    if (lines && (found === '\n' || found === '\t')) return found;
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

// Bidirectional overrides are among them: they make text read as something else.
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
