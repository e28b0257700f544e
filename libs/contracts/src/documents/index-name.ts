/** Between which times a dated index may be named; both ends included, in ms since 1970. */
export interface TimeBounds {
  readonly from: number;
  readonly to: number;
}

const DATE_PATTERN = '%Y.%m.%d';

/**
 * The index of a document from the time it carries (ms since 1970) and from recorded bounds, never from the clock: a redelivery
 * must land in the same index. Without a usable time it is the plain name, outside the bounds the plain name with `-late`.
 * A template without a date is returned as it is.
 */
export function resolveIndexName(
  template: string,
  time: number | undefined,
  bounds: TimeBounds,
): string {
  if (!template.endsWith(DATE_PATTERN)) return template;
  const prefix = template.slice(0, -DATE_PATTERN.length);
  const plain = prefix.replace(/-+$/, '');
  if (time === undefined || !Number.isFinite(time)) return plain;
  if (time < bounds.from || time > bounds.to) return `${plain}-late`;
  return `${prefix}${new Date(time).toISOString().slice(0, 10).replaceAll('-', '.')}`;
}
