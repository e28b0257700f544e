import { rule } from '../fields/rule.js';

const PERCENTAGE = /^(?:100|[1-9]?[0-9])%$/;
const SOME_PERCENTAGE = /^(?:100|[1-9][0-9]?)%$/;

/** A number of targets, or a part of them such as `"10%"`. */
export type Share = number | string;

/** A count of at least `min`, or a percentage from 0% to 100% as text. */
export function IsShare(min: number): PropertyDecorator {
  return rule({
    name: 'isShare',
    validate: (value) => isShare(value, min, PERCENTAGE),
    expects: `must be a count of at least ${min} or a percentage such as "10%"`,
    schema: shareSchema(min, PERCENTAGE),
  });
}

/** A list of 1 to 100 shares. */
export function IsShares(): PropertyDecorator {
  return rule({
    name: 'isShares',
    validate: (value) =>
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 100 &&
      value.every((share) => isShare(share, 1, SOME_PERCENTAGE)),
    expects: 'must be a list of 1 to 100 counts or percentages, each more than nothing',
    schema: { type: 'array', items: shareSchema(1, SOME_PERCENTAGE), minItems: 1, maxItems: 100 },
  });
}

/** The whole number of targets that a share of `total` is: percentages are rounded up. */
export function countOf(share: Share, total: number): number {
  if (typeof share === 'number') return share;
  return Math.ceil((Number.parseInt(share, 10) * total) / 100);
}

function isShare(value: unknown, min: number, percentage: RegExp): boolean {
  if (typeof value === 'string') return percentage.test(value);
  return Number.isSafeInteger(value) && Number(value) >= min;
}

function shareSchema(min: number, percentage: RegExp) {
  return {
    oneOf: [
      { type: 'integer', minimum: min, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: percentage.source },
    ],
  };
}
