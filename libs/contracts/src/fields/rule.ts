import { ValidateBy } from 'class-validator';

/** A fragment of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value must keep, in the three forms it is needed: as a check, as words, as JSON Schema. */
export interface Rule {
  readonly name: string;
  /** `beside`: the object that the field is of, as it came. */
  readonly validate: (value: unknown, beside: object) => boolean;
  /** Completes "<field>: …", e.g. `must be an integer of at least 1`. Called only with a value that failed. */
  readonly expects: string | ((value: unknown) => string);
  readonly schema: JsonSchema;
  /** The same for what is asked of the object that the field is of. */
  readonly besideSchema?: JsonSchema;
}

/** A class-validator decorator from a rule, which stands as its one constraint. */
export function rule(told: Rule): PropertyDecorator {
  const { name, validate, expects } = told;
  return ValidateBy({
    name,
    constraints: [told],
    validator: {
      validate: (value, context) => validate(value, context?.object ?? {}),
      defaultMessage: (context) =>
        typeof expects === 'string' ? expects : expects(context?.value),
    },
  });
}

/** The rule that `rule` left in a decorator's constraints. Throws a TypeError for any other decorator. */
export function ruleOf(constraints: readonly unknown[] | undefined, where: string): Rule {
  const [told] = constraints ?? [];
  if (typeof told === 'object' && told !== null && 'expects' in told) return told as Rule;
  throw new TypeError(`${where}: a contract takes only decorators that rule() made`);
}
