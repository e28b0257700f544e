import { rule } from './rule.js';

/** The deepest nesting of objects and arrays in a free-form value. */
const MAX_FREE_DEPTH = 16;

const POLLUTING = new Set(['__proto__', 'constructor', 'prototype']);

/** A list of `min` to `max` elements; what the elements are says `@Nested` or another rule. */
export function IsList(max: number, min = 0): PropertyDecorator {
  return rule({
    name: 'isList',
    validate: (value) => Array.isArray(value) && value.length >= min && value.length <= max,
    expects: `must be a list of ${min > 0 ? `${min} to` : 'at most'} ${max} elements`,
    schema: { type: 'array', ...(min > 0 && { minItems: min }), maxItems: max },
  });
}

/** A list of distinct strings that `accepts` lets through. */
export function IsWordList(
  max: number,
  accepts: (word: string) => boolean,
  what: string,
  min = 0,
): PropertyDecorator {
  const firstProblem = (value: unknown): string | undefined => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      return `must be a list of ${min} to ${max} of: ${what}`;
    }
    const seen = new Set<unknown>();
    for (const [at, word] of value.entries()) {
      if (typeof word !== 'string' || !accepts(word)) return `element ${at} must be ${what}`;
      if (seen.has(word)) return `element ${at} stands there twice`;
      seen.add(word);
    }
    return undefined;
  };
  return rule({
    name: 'isWordList',
    validate: (value) => firstProblem(value) === undefined,
    expects: (value) => firstProblem(value) ?? '',
    schema: { type: 'array', items: { type: 'string' }, maxItems: max, uniqueItems: true },
  });
}

/** A JSON object of any shape, nested at most 16 deep, without keys that name a prototype. */
export function IsJsonObject(): PropertyDecorator {
  return rule({
    name: 'isJsonObject',
    validate: (value) => isPlainObject(value) && freeFormProblem(value, 1) === undefined,
    expects: (value) =>
      isPlainObject(value) ? `must ${freeFormProblem(value, 1) ?? ''}` : 'must be a JSON object',
    schema: { type: 'object' },
  });
}

/** A JSON object whose values are strings. */
export function IsTextMap(maxEntries: number, maxLength: number): PropertyDecorator {
  return rule({
    name: 'isTextMap',
    validate: (value) =>
      isPlainObject(value) &&
      Object.keys(value).length <= maxEntries &&
      Object.entries(value).every(
        ([key, text]) =>
          !POLLUTING.has(key) && typeof text === 'string' && text.length <= maxLength,
      ),
    expects: `must be an object of at most ${maxEntries} texts of at most ${maxLength} characters`,
    schema: {
      type: 'object',
      additionalProperties: { type: 'string', maxLength },
      maxProperties: maxEntries,
    },
  });
}

/** True for an object that is neither an array nor `null`. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function freeFormProblem(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_FREE_DEPTH) return `nest at most ${MAX_FREE_DEPTH} deep`;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && POLLUTING.has(key)) return `not have a key ${key}`;
    const problem = freeFormProblem(inner, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}
