import { ValidateBy } from 'class-validator';

const MAX_ENTRIES = 100;

/** Of which form the keys and the values of a text map are. */
interface Forms {
  readonly keys: RegExp;
  readonly values: RegExp;
}

/** How a text map stands in a JSON Schema, for class-validator-jsonschema. */
export const TEXT_MAP_SCHEMA = {
  isTextMap: {
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: MAX_ENTRIES,
  },
} as const;

/** An object of at most 100 texts, each key and each value of a given form. */
export function IsTextMap(forms: Forms): PropertyDecorator {
  const { keys, values } = forms;
  return ValidateBy({
    name: 'isTextMap',
    validator: {
      validate: (value) => isTextMap(value, forms),
      defaultMessage: (facts) =>
        `${facts?.property} must be an object of at most ${MAX_ENTRIES} texts, keys like ${keys.source}, values like ${values.source}`,
    },
  });
}

function isTextMap(value: unknown, { keys, values }: Forms): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_ENTRIES &&
    entries.every(([key, text]) => keys.test(key) && typeof text === 'string' && values.test(text))
  );
}
