const ISO_DATE = /^\d{4}-\d{2}-\d{2}/;
const ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i;
/** Below it a number counts seconds, from it on milliseconds: 1973 in one reading, 5138 in the other. */
const FIRST_MILLISECONDS = 1e11;

/**
 * The time a document carries, in ms since 1970; nothing when it carries none that can be read.
 *
 * The field is looked for by its name, then as a path (`event.created`). A text must be an ISO 8601
 * date; without a zone it is UTC, whatever the machine's zone is. A number counts seconds or, from
 * 10^11 on, milliseconds.
 */
export function eventTime(
  document: Readonly<Record<string, unknown>>,
  field: string,
): number | undefined {
  const value = Object.hasOwn(document, field) ? document[field] : atPath(document, field);
  if (typeof value === 'number') return value < FIRST_MILLISECONDS ? value * 1_000 : value;
  if (typeof value !== 'string' || !ISO_DATE.test(value)) return undefined;
  const time = Date.parse(withZone(value));
  return Number.isNaN(time) ? undefined : time;
}

function atPath(document: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = document;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** A date alone is UTC already. */
function withZone(text: string): string {
  return text.length <= 'yyyy-mm-dd'.length || ZONE.test(text) ? text : `${text}Z`;
}
