import { rule, type JsonSchema } from './rule.js';
import { hasLength, patternSchema } from './scalars.js';

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

/** A list of distinct strings that the pattern matches, each as a whole; `what` says for people what they are. */
export function IsWordList(max: number, pattern: RegExp, what: string, min = 0): PropertyDecorator {
  const firstProblem = (value: unknown): string | undefined =>
    Array.isArray(value) && value.length >= min && value.length <= max
      ? firstWrongWord(value, pattern, what)
      : `must be a list of ${min} to ${max} of: ${what}`;
  return rule({
    name: 'isWordList',
    validate: (value) => firstProblem(value) === undefined,
    expects: (value) => firstProblem(value) ?? '',
    schema: wordListSchema(max, pattern, min),
  });
}

/** What is wrong with the first word that is no such word, or stands there twice; undefined when none is. */
export function firstWrongWord(
  words: readonly unknown[],
  pattern: RegExp,
  what: string,
): string | undefined {
  const seen = new Set<unknown>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (typeof word !== 'string' || !pattern.test(word)) return `element ${at} must be ${what}`;
    if (seen.size === seen.add(word).size) return `element ${at} (${word}) stands there twice`;
  }
  return undefined;
}

/** The JSON Schema of a list of distinct words. */
export function wordListSchema(max: number, pattern: RegExp, min: number): JsonSchema {
  return {
    type: 'array',
    items: patternSchema(pattern),
    ...(min > 0 && { minItems: min }),
    maxItems: max,
    uniqueItems: true,
  };
}

/** A JSON object of any shape, nested at most 16 deep, without keys that name a prototype. */
export function IsJsonObject(): PropertyDecorator {
  return rule({
    name: 'isJsonObject',
    validate: (value) => isPlainObject(value) && freeFormProblem(value, 1) === undefined,
    expects: (value) =>
      isPlainObject(value) ? `must ${freeFormProblem(value, 1) ?? ''}` : 'must be a JSON object',
    schema: {
      type: 'object',
      'x-free-form': { maxDepth: MAX_FREE_DEPTH, forbiddenKeys: [...POLLUTING] },
    },
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
          !POLLUTING.has(key) && typeof text === 'string' && hasLength(text, 0, maxLength),
      ),
    expects: `must be an object of at most ${maxEntries} texts of at most ${maxLength} characters`,
    schema: {
      type: 'object',
      additionalProperties: { type: 'string', maxLength },
      propertyNames: { not: { enum: [...POLLUTING] } },
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
