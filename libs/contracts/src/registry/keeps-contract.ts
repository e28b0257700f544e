import type { UnknownFields } from '../checking/bind.js';
import { planOf, type FieldPlan, type Plan } from '../checking/plan.js';
import { isPlainObject } from '../fields/collections.js';
import type { Contract, Nesting } from '../fields/field.js';

/**
 * Whether `bind` would find nothing wrong with a value. Makes no instance and notes no paths, which is most of what `bind`
 * costs: for whoever has the value already and asks only whether it may be sent.
 */
export function keepsContract(
  contract: Contract,
  value: unknown,
  unknownFields: UnknownFields,
): boolean {
  return keepsPlan(planOf(contract), value, unknownFields);
}

function keepsPlan(plan: Plan, value: unknown, unknownFields: UnknownFields): boolean {
  if (!isPlainObject(value)) return false;
  for (const field of plan.fields) {
    if (!keepsField(field, value, unknownFields)) return false;
  }
  return unknownFields === 'ignore' || Object.keys(value).every((name) => plan.known.has(name));
}

function keepsField(
  field: FieldPlan,
  from: Record<string, unknown>,
  unknownFields: UnknownFields,
): boolean {
  const { name, nested, rules } = field;
  const given = Object.hasOwn(from, name) ? from[name] : undefined;
  const value = given === undefined ? field.absent() : given;
  if (value === undefined) return field.optional === true;
  if (value === null && field.nullable) return true;
  if (nested && !keepsNested(nested, value, unknownFields)) return false;
  for (const { validate } of rules) {
    if (!validate(value, from)) return false;
  }
  return true;
}

function keepsNested(
  { contract, shape }: Nesting,
  value: unknown,
  unknownFields: UnknownFields,
): boolean {
  const isList = Array.isArray(value);
  if (shape === 'object' || (shape === 'object-or-list' && !isList)) {
    return keepsPlan(planOf(contract()), value, unknownFields);
  }
  // What is no list, or none of these objects, the rules of the field refuse.
  if (!isList || shape === 'object-or-list') return true;
  const plan = planOf(contract());
  // Not `every`: it passes over the holes of a list.
  for (const item of value) {
    if (!keepsPlan(plan, item, unknownFields)) return false;
  }
  return true;
}
