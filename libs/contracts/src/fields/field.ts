import { ValidateIf } from 'class-validator';

/** A message class: data only, no constructor of its own. */
export type Contract<T extends object = object> = new () => T;

/** A value as JSON has it. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What a field says beside its validation. */
export interface FieldOptions {
  /** In what it is counted: `ms`, `bytes`, `targets`. */
  readonly unit?: string;
  /** Taken when the field is absent. A nested field's default is completed with the nested defaults. */
  readonly default?: JsonValue;
  /** The field may be absent and then stays absent. Implied by a default. */
  readonly optional?: boolean;
  /** The field may be `null`. */
  readonly nullable?: boolean;
}

/** A field as declared: `FieldOptions` with its name, description and nested contract. */
export interface FieldInfo extends FieldOptions {
  readonly name: string;
  readonly description: string;
  /** The contract of the value; with `list`, of each element. */
  readonly nested?: Nesting;
}

/** How a field holds another contract. */
export interface Nesting {
  readonly contract: () => Contract;
  /** `list`: an array of it. `object-or-list`: one of it, or an array that the field's rules check. */
  readonly shape: 'object' | 'list' | 'object-or-list';
}

interface Declaration {
  readonly fields: Map<string, FieldInfo>;
  readonly nestings: Map<string, Nesting>;
}

const declarations = new WeakMap<object, Declaration>();

/**
 * Declares a field of a message: what it means, its unit, its default. Beside it stand the rules that its value keeps.
 * A field without `@Field` does not travel.
 */
export function Field(description: string, options: FieldOptions = {}): PropertyDecorator {
  return (prototype, name) => {
    declarationOf(prototype).fields.set(String(name), {
      ...options,
      name: String(name),
      description,
    });
    if (options.optional || options.default !== undefined) {
      ValidateIf((_, value) => value !== undefined)(prototype, name);
    }
  };
}

/** Declares the contract of a field's value. */
export function Nested(
  contract: () => Contract,
  shape: Nesting['shape'] = 'object',
): PropertyDecorator {
  return (prototype, name) => {
    declarationOf(prototype).nestings.set(String(name), { contract, shape });
  };
}

/** The fields of a contract in the order of declaration, inherited ones first. */
export function fieldsOf(contract: Contract): readonly FieldInfo[] {
  const fields = new Map<string, FieldInfo>();
  for (const prototype of lineage(contract)) {
    const declaration = declarations.get(prototype);
    for (const [name, field] of declaration?.fields ?? []) {
      const nested = declaration?.nestings.get(name);
      fields.set(name, nested ? { ...field, nested } : field);
    }
  }
  return [...fields.values()];
}

function declarationOf(prototype: object): Declaration {
  let declaration = declarations.get(prototype);
  if (!declaration) {
    declaration = { fields: new Map(), nestings: new Map() };
    declarations.set(prototype, declaration);
  }
  return declaration;
}

function lineage(contract: Contract): object[] {
  const prototypes: object[] = [];
  let prototype: object | null = contract.prototype as object;
  while (prototype && prototype !== Object.prototype) {
    prototypes.unshift(prototype);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return prototypes;
}
