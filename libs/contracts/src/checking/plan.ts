import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { fieldsOf, type Contract, type FieldInfo, type JsonValue } from '../fields/field.js';
import { ruleOf, type Rule } from '../fields/rule.js';

/** A field with its rules, in the order in which they stand over it. */
export interface FieldPlan extends FieldInfo {
  readonly rules: readonly Rule[];
  /** What an absent field means: a new value each time, so that messages share none. */
  readonly absent: () => unknown;
}

/** A contract made ready to check values with: its fields, and which names are known. */
export interface Plan {
  readonly contract: Contract;
  readonly fields: readonly FieldPlan[];
  readonly known: ReadonlySet<string>;
}

const plans = new WeakMap<Contract, Plan>();

/** The plan of a contract; worked out at its first use. */
export function planOf(contract: Contract): Plan {
  let plan = plans.get(contract);
  if (!plan) {
    const rules = rulesByField(contract);
    const fields = fieldsOf(contract).map((field) => ({
      ...field,
      rules: rules.get(field.name) ?? [],
      absent: copiesOf(field.default),
    }));
    plan = { contract, fields, known: new Set(fields.map((field) => field.name)) };
    plans.set(contract, plan);
  }
  return plan;
}

/**
 * The rules that class-validator has recorded for the contract. Its own `validate` looks them up again for every object it
 * meets, which costs more than the rules themselves when an event names hundreds of targets.
 */
function rulesByField(contract: Contract): Map<string, Rule[]> {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(contract, '', true, false);
  const byField = new Map<string, Rule[]>();
  for (const metadata of metadatas) {
    // Whether a field may be absent is said by `@Field`.
    if (metadata.type === ValidationTypes.CONDITIONAL_VALIDATION) continue;
    const rules = byField.get(metadata.propertyName) ?? [];
    // Decorators run from the lowest to the highest.
    rules.unshift(ruleOf(metadata.constraints, `${contract.name}.${metadata.propertyName}`));
    byField.set(metadata.propertyName, rules);
  }
  return byField;
}

function copiesOf(value: JsonValue | undefined): () => unknown {
  if (typeof value !== 'object' || value === null) return () => value;
  const text = JSON.stringify(value);
  if (text === '{}') return () => ({});
  if (text === '[]') return () => [];
  return () => JSON.parse(text) as unknown;
}
