import type { Contract, Nesting } from '../fields/field.js';
import { isPlainObject } from '../fields/collections.js';
import type { Rule } from '../fields/rule.js';
import { shortened, shown, type Findings } from './findings.js';
import { planOf, type FieldPlan, type Plan } from './plan.js';

/** What happens with a field that the contract does not have. */
export type UnknownFields = 'refuse' | 'ignore';

interface Binding {
  readonly unknownFields: UnknownFields;
  readonly findings: Findings;
}

/**
 * Makes an instance of the contract from a JSON value: known fields only, defaults filled in, nested contracts included.
 * Every problem goes to the findings; the instance is good only when there are none. The value is not changed and free-form
 * parts of it are shared, not copied.
 */
export function bind<T extends object>(
  contract: Contract<T>,
  value: unknown,
  unknownFields: UnknownFields,
  findings: Findings,
): T {
  return bindObject(planOf(contract), value, { unknownFields, findings }) as T;
}

function bindObject(plan: Plan, value: unknown, binding: Binding): unknown {
  if (!isPlainObject(value)) {
    binding.findings.add(`must be an object, got ${shown(value)}`);
    return value;
  }
  // Not `new`: class fields would then exist as `undefined`, and an absent field stays absent.
  const instance = Object.create(plan.contract.prototype as object) as Record<string, unknown>;
  for (const field of plan.fields) {
    const own = bindField(field, value, binding);
    if (own !== undefined) instance[field.name] = own;
  }
  if (binding.unknownFields === 'refuse') refuseUnknown(plan, value, binding.findings);
  return instance;
}

function bindField(field: FieldPlan, from: Record<string, unknown>, binding: Binding): unknown {
  const { name, nested } = field;
  const given = Object.hasOwn(from, name) ? from[name] : undefined;
  const value = given === undefined ? field.absent() : given;
  if (value === undefined) {
    if (!field.optional) binding.findings.addAt(name, 'is missing');
    return undefined;
  }
  if (value === null && field.nullable) return null;
  const { findings } = binding;
  findings.enter(name);
  const bound = nested ? bindNested(nested, value, binding) : value;
  checkRules(field.rules, value, from, findings);
  findings.leave();
  return bound;
}

function bindNested({ contract, shape }: Nesting, value: unknown, binding: Binding): unknown {
  const isList = Array.isArray(value);
  if (shape === 'object' || (shape === 'object-or-list' && !isList)) {
    return bindObject(planOf(contract()), value, binding);
  }
  if (!isList || shape === 'object-or-list') return value;
  const plan = planOf(contract());
  const { findings } = binding;
  const items: unknown[] = [];
  for (let at = 0; at < value.length && !findings.full; at += 1) {
    findings.enter(at);
    items.push(bindObject(plan, value[at], binding));
    findings.leave();
  }
  return items;
}

function checkRules(
  rules: readonly Rule[],
  value: unknown,
  from: Record<string, unknown>,
  findings: Findings,
): void {
  for (const { validate, expects } of rules) {
    if (validate(value, from)) continue;
    const expected = typeof expects === 'string' ? expects : expects(value);
    findings.add(`${expected}, got ${shown(value)}`);
    return;
  }
}

function refuseUnknown(plan: Plan, value: Record<string, unknown>, findings: Findings): void {
  for (const name of Object.keys(value)) {
    if (plan.known.has(name)) continue;
    findings.addAt(shortened(name), 'is not a field of it');
    if (findings.full) return;
  }
}
