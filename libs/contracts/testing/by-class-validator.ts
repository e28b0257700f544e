import { validateSync } from 'class-validator';
import type { UnknownFields } from '../src/checking/bind.js';
import { isPlainObject } from '../src/fields/collections.js';
import { fieldsOf, type Contract, type FieldInfo } from '../src/fields/field.js';

/**
 * Whether class-validator itself lets a value through: its `validateSync` over the decorators of the contract and of each
 * nested one. What it has no word for is said here: unknown fields, defaults, and what is nested.
 */
export function passesClassValidator(
  contract: Contract,
  value: unknown,
  unknownFields: UnknownFields,
): boolean {
  if (!isPlainObject(value)) return false;
  const fields = fieldsOf(contract);
  const names = fields.map(({ name }) => name);
  if (unknownFields === 'refuse' && Object.keys(value).some((key) => !names.includes(key))) {
    return false;
  }
  const instance = Object.create(contract.prototype as object) as Record<string, unknown>;
  for (const field of fields) {
    const { name, nullable } = field;
    const own = Object.hasOwn(value, name) ? value[name] : undefined;
    instance[name] = own === undefined ? field.default : own;
    if (nullable && own === null) continue;
    if (field.nested && !passesNested(field, instance[name], unknownFields)) return false;
  }
  return validateSync(instance, { forbidUnknownValues: false }).length === 0;
}

function passesNested(field: FieldInfo, value: unknown, unknownFields: UnknownFields): boolean {
  if (value === undefined) return field.optional === true;
  const { contract, shape } = field.nested!;
  const passes = (item: unknown) => passesClassValidator(contract(), item, unknownFields);
  if (shape === 'object') return passes(value);
  if (shape === 'list') return Array.isArray(value) && value.every(passes);
  return Array.isArray(value) || passes(value);
}
