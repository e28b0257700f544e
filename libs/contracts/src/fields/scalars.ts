import { rule, type JsonSchema } from './rule.js';

/** The last time that a Date can hold. */
const MAX_TIME = 8_640_000_000_000_000;

const grouped = new Intl.NumberFormat('en-US');

/** A whole number from `min` to `max`, both included. */
export function IsWhole(min = 0, max = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return rule({
    name: 'isWhole',
    validate: (value) => isWhole(value, min, max),
    expects:
      max === Number.MAX_SAFE_INTEGER
        ? `must be an integer of at least ${grouped.format(min)}`
        : `must be an integer from ${grouped.format(min)} to ${grouped.format(max)}`,
    schema: { type: 'integer', minimum: min, maximum: max },
  });
}

/** A time in milliseconds since 1970-01-01 UTC. */
export function IsTime(): PropertyDecorator {
  return rule({
    name: 'isTime',
    validate: (value) => isWhole(value, 0, MAX_TIME),
    expects: 'must be a time in milliseconds since 1970',
    schema: { type: 'integer', minimum: 0, maximum: MAX_TIME },
  });
}

/** A finite number. */
export function IsNumeric(): PropertyDecorator {
  return rule({
    name: 'isNumeric',
    validate: (value) => typeof value === 'number' && Number.isFinite(value),
    expects: 'must be a number',
    schema: { type: 'number' },
  });
}

/** `true` or `false`. */
export function IsFlag(): PropertyDecorator {
  return rule({
    name: 'isFlag',
    validate: (value) => typeof value === 'boolean',
    expects: 'must be true or false',
    schema: { type: 'boolean' },
  });
}

/** One of the words. */
export function IsOneOf(words: readonly string[]): PropertyDecorator {
  const allowed = new Set<unknown>(words);
  return rule({
    name: 'isOneOf',
    validate: (value) => allowed.has(value),
    expects: `must be one of ${words.join(', ')}`,
    schema: { type: 'string', enum: words },
  });
}

/** A string of `min` to `max` characters: code points, as JSON Schema counts them. */
export function IsText(max: number, min = 0): PropertyDecorator {
  return rule({
    name: 'isText',
    validate: (value) => typeof value === 'string' && hasLength(value, min, max),
    expects:
      min > 0
        ? `must be a text of ${min} to ${grouped.format(max)} characters`
        : `must be a text of at most ${grouped.format(max)} characters`,
    schema: { type: 'string', ...(min > 0 && { minLength: min }), maxLength: max },
  });
}

/** A string that the pattern matches as a whole. The pattern must run in linear time and bound the length. */
export function IsPattern(name: string, pattern: RegExp, expects: string): PropertyDecorator {
  return rule({
    name,
    validate: (value) => typeof value === 'string' && pattern.test(value),
    expects,
    schema: patternSchema(pattern),
  });
}

/** True for a text of `min` to `max` code points. */
export function hasLength(text: string, min: number, max: number): boolean {
  // A code point is one UTF-16 unit or two: most texts need no counting.
  if (text.length <= max && text.length >= 2 * min) return true;
  if (text.length < min || text.length > 2 * max) return false;
  let points = text.length;
  for (let at = 0; at < text.length; at += 1) {
    if (text.codePointAt(at)! > 0xffff) {
      points -= 1;
      at += 1;
    }
  }
  return points >= min && points <= max;
}

/** The form of a text; groups lose their names, which not every reader of JSON Schema understands. */
export function patternSchema(pattern: RegExp): JsonSchema {
  return { type: 'string', pattern: pattern.source.replaceAll(/\?<\w+>/g, '') };
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}
