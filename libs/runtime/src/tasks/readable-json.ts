/**
 * The value as JSON for people: what holds nothing but plain values stands on one line, milliseconds (fields that end in
 * `Ms`) are whole.
 */
export function readableJson(value: unknown, indent = ''): string {
  if (isFlat(value)) return JSON.stringify(value, wholeMilliseconds) ?? 'null';
  const inner = `${indent}  `;
  const item = (one: unknown): string => readableJson(one, inner);
  const [open, close, items] = Array.isArray(value)
    ? ['[', ']', value.map(item)]
    : ['{', '}', fieldsOf(value).map(([key, one]) => `${JSON.stringify(key)}: ${item(one)}`)];
  return `${open}\n${items.map((text) => inner + text).join(',\n')}\n${indent}${close}`;
}

/** Whether it nests no deeper than a list of plain values in an object of plain values. */
function isFlat(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > 1) return false;
  return Object.values(value).every((one) => isFlat(one, depth + (Array.isArray(value) ? 2 : 1)));
}

function fieldsOf(value: unknown): [string, unknown][] {
  return Object.entries(value as object).filter(([, one]) => one !== undefined);
}

function wholeMilliseconds(key: string, value: unknown): unknown {
  return typeof value === 'number' && key.endsWith('Ms') ? Math.round(value) : value;
}
