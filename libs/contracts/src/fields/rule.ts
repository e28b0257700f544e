import { ValidateBy } from 'class-validator';

/** A fragment of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value must keep, in the three forms it is needed: as a check, as words, as JSON Schema. */
export interface Rule {
  readonly name: string;
  readonly validate: (value: unknown, message: object) => boolean;
  /** Completes "<field>: …", e.g. `must be an integer of at least 1`. Called only with a value that failed. */
  readonly expects: string | ((value: unknown, message: object) => string);
  readonly schema: JsonSchema;
}

/** A class-validator decorator from a rule; its JSON Schema stands as the first constraint. */
export function rule({ name, validate, expects, schema }: Rule): PropertyDecorator {
  return ValidateBy({
    name,
    constraints: [schema],
    validator: {
      validate: (value, context) => validate(value, context?.object ?? {}),
      defaultMessage: (context) =>
        typeof expects === 'string' ? expects : expects(context?.value, context?.object ?? {}),
    },
  });
}
