import { getMetadataStorage } from 'class-validator';
import { fieldsOf, type Contract, type FieldInfo } from '../fields/field.js';
import type { JsonSchema } from '../fields/rule.js';

/** One rule of a field, ready to run. */
interface Check {
  readonly schema: JsonSchema;
  readonly passes: (value: unknown, message: object) => boolean;
  readonly problem: (value: unknown, message: object) => string;
}

/** A field with everything that is looked up once. */
export interface FieldPlan extends FieldInfo {
  readonly checks: readonly Check[];
}

/** A contract made ready to check values with: its fields, and which names are known. */
export interface Plan {
  readonly fields: readonly FieldPlan[];
  readonly known: ReadonlySet<string>;
}

const plans = new WeakMap<Contract, Plan>();

/** The plan of a contract; worked out at its first use. */
export function planOf(contract: Contract): Plan {
  let plan = plans.get(contract);
  if (!plan) {
    const checks = checksByField(contract);
    const fields = fieldsOf(contract).map((field) => ({
      ...field,
      checks: checks.get(field.name) ?? [],
    }));
    plan = { fields, known: new Set(fields.map((field) => field.name)) };
    plans.set(contract, plan);
  }
  return plan;
}

/**
 * The rules that class-validator has recorded for the contract. Its own `validate` looks them up again for every object it
 * meets, which costs more than the rules themselves when an event names hundreds of targets.
 */
function checksByField(contract: Contract): Map<string, Check[]> {
  const storage = getMetadataStorage();
  const byField = new Map<string, Check[]>();
  for (const metadata of storage.getTargetValidationMetadatas(contract, '', true, false)) {
    for (const constraint of storage.getTargetValidatorConstraints(metadata.constraintCls)) {
      const context = (value: unknown, message: object) => ({
        value,
        object: message,
        constraints: metadata.constraints,
        targetName: contract.name,
        property: metadata.propertyName,
      });
      const checks = byField.get(metadata.propertyName) ?? [];
      // Decorators run from the lowest to the highest; problems are told from the highest on.
      checks.unshift({
        schema: (metadata.constraints as readonly JsonSchema[])[0] ?? {},
        passes: (value, message) =>
          constraint.instance.validate(value, context(value, message)) === true,
        problem: (value, message) =>
          constraint.instance.defaultMessage?.(context(value, message)) ?? 'is not allowed',
      });
      byField.set(metadata.propertyName, checks);
    }
  }
  return byField;
}
