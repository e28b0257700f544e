import type { Contract } from '../fields/field.js';
import { isPlainObject } from '../fields/collections.js';
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
  return bindObject(contract, value, '', { unknownFields, findings }) as T;
}

function bindObject(contract: Contract, value: unknown, path: string, binding: Binding): unknown {
  if (!isPlainObject(value)) {
    binding.findings.add(path, `must be an object, got ${shown(value)}`);
    return value;
  }
  const plan = planOf(contract);
  // Not `new`: class fields would then exist as `undefined`, and an absent field stays absent.
  const instance = Object.create(contract.prototype as object) as Record<string, unknown>;
  for (const field of plan.fields) {
    const own = bindField(field, value, path, binding);
    if (own !== undefined) instance[field.name] = own;
  }
  if (binding.unknownFields === 'refuse') refuseUnknown(plan, value, path, binding);
  return instance;
}

function bindField(
  field: FieldPlan,
  from: Record<string, unknown>,
  path: string,
  binding: Binding,
): unknown {
  const given = Object.hasOwn(from, field.name) ? from[field.name] : undefined;
  const value = given === undefined ? defaultOf(field) : given;
  if (value === undefined) {
    if (!field.optional) binding.findings.add(join(path, field.name), 'is missing');
    return undefined;
  }
  if (value === null && field.nullable) return null;
  const bound = field.nested ? bindNested(field, value, join(path, field.name), binding) : value;
  checkRules(field, value, from, path, binding);
  return bound;
}

function defaultOf(field: FieldPlan): unknown {
  // Nested contracts make a new instance anyway; all else must not be shared between messages.
  return field.nested ? field.default : structuredClone(field.default);
}

function bindNested(field: FieldPlan, value: unknown, path: string, binding: Binding): unknown {
  const { contract, shape } = field.nested!;
  const isList = Array.isArray(value);
  if (shape === 'object' || (shape === 'object-or-list' && !isList)) {
    return bindObject(contract(), value, path, binding);
  }
  if (!isList || shape === 'object-or-list') return value;
  const items: unknown[] = [];
  for (const [at, item] of value.entries()) {
    if (binding.findings.full) break;
    items.push(bindObject(contract(), item, `${path}[${at}]`, binding));
  }
  return items;
}

function checkRules(
  field: FieldPlan,
  value: unknown,
  from: Record<string, unknown>,
  path: string,
  binding: Binding,
): void {
  for (const { validate, expects } of field.rules) {
    if (validate(value, from)) continue;
    const expected = typeof expects === 'string' ? expects : expects(value);
    binding.findings.add(join(path, field.name), `${expected}, got ${shown(value)}`);
    return;
  }
}

function refuseUnknown(
  plan: Plan,
  value: Record<string, unknown>,
  path: string,
  binding: Binding,
): void {
  for (const name of Object.keys(value)) {
    if (plan.known.has(name)) continue;
    binding.findings.add(join(path, shortened(name)), 'is not a field of it');
    if (binding.findings.full) return;
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
