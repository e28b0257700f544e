import type { UnknownFields } from '../checking/bind.js';
import { planOf, type FieldPlan } from '../checking/plan.js';
import type { Contract } from '../fields/field.js';
import type { JsonSchema } from '../fields/rule.js';

/**
 * The JSON Schema (2020-12) of a contract, from the same declarations that `parseMessage` checks; nested contracts stand under
 * `$defs` by their class names. What only code can tell (that targets are distinct hosts, say) is looser here: what a schema
 * refuses is refused, not the other way round.
 */
export function jsonSchemaOf(contract: Contract, unknownFields: UnknownFields): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const root = objectSchema(contract, unknownFields, definitions);
  return Object.keys(definitions).length === 0 ? root : { ...root, $defs: definitions };
}

function objectSchema(
  contract: Contract,
  unknownFields: UnknownFields,
  definitions: Record<string, JsonSchema>,
): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const field of planOf(contract).fields) {
    properties[field.name] = fieldSchema(field, unknownFields, definitions);
    if (!field.optional && field.default === undefined) required.push(field.name);
  }
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(unknownFields === 'refuse' && { additionalProperties: false }),
  };
}

function fieldSchema(
  field: FieldPlan,
  unknownFields: UnknownFields,
  definitions: Record<string, JsonSchema>,
): JsonSchema {
  const { description, unit, default: byDefault, nullable } = field;
  const value = valueSchema(field, unknownFields, definitions);
  return {
    description: unit === undefined ? description : `${description} Unit: ${unit}.`,
    ...(nullable ? { anyOf: [value, { type: 'null' }] } : value),
    ...(byDefault !== undefined && { default: byDefault }),
  };
}

function valueSchema(
  { nested, rules }: FieldPlan,
  unknownFields: UnknownFields,
  definitions: Record<string, JsonSchema>,
): JsonSchema {
  const own: JsonSchema = Object.assign({}, ...rules.map((rule) => rule.schema));
  if (!nested) return own;
  const reference = referTo(nested.contract(), unknownFields, definitions);
  if (nested.shape === 'object') return { ...own, ...reference };
  if (nested.shape === 'list') return { ...own, items: reference };
  return { anyOf: [own, reference] };
}

function referTo(
  contract: Contract,
  unknownFields: UnknownFields,
  definitions: Record<string, JsonSchema>,
): JsonSchema {
  const { name } = contract;
  if (!Object.hasOwn(definitions, name)) {
    definitions[name] = {};
    definitions[name] = objectSchema(contract, unknownFields, definitions);
  }
  return { $ref: `#/$defs/${name}` };
}
