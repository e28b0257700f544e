/** A date of ISO 8601, with or without a time; without a zone it is UTC, as search stores read it. */
const ISO_DATE =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

const MIN_MS = Date.parse('0001-01-01T00:00:00Z');
const MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Reads the event time of a document, in ms since 1970; undefined when it has none. */
export type EventTimeReader = (source: Buffer) => number | undefined;

/**
 * Reads the event time from a field of the document itself (not of something in it): ISO 8601 or whole milliseconds since
 * 1970, between the years 1 and 9999. Anything else, and what is no JSON, has no time.
 */
export function eventTimeReader(field: string): EventTimeReader {
  const needle = Buffer.from(JSON.stringify(field));
  return (source) => {
    // Most documents without the field are told apart without being parsed.
    if (!source.includes(needle)) return undefined;
    const value = valueOf(source, field);
    const time = typeof value === 'string' ? parseDate(value) : value;
    return typeof time === 'number' && isUsable(time) ? time : undefined;
  };
}

/** An instant between the years 1 and 9999 as PostgreSQL reads it; what lies outside becomes the nearer end. */
export function timestampText(ms: number): string {
  return new Date(Math.min(Math.max(ms, MIN_MS), MAX_MS)).toISOString();
}

function isUsable(time: number): boolean {
  return Number.isInteger(time) && time >= MIN_MS && time <= MAX_MS;
}

function valueOf(source: Buffer, field: string): unknown {
  try {
    return (JSON.parse(source.toString()) as Record<string, unknown>)[field];
  } catch {
    return undefined;
  }
}

function parseDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text);
  if (!match) return undefined;
  const [, date, time = '00:00', zone = 'Z'] = match;
  const ms = Date.parse(`${date}T${time.replace(',', '.')}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}
