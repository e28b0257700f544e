import type { UnknownFields } from '../checking/bind.js';
import { planOf, type FieldPlan } from '../checking/plan.js';
import type { Contract } from '../fields/field.js';
import type { JsonSchema } from '../fields/rule.js';

/**
 * The JSON Schema (2020-12) of a contract, from the same declarations that `parseMessage` checks; nested contracts stand under
 * `$defs` by their class names. It accepts and refuses what `parseMessage` does, once its reader knows two words that are ours:
 * the format `http-url`, and the keyword `x-free-form` (how deep a value may nest, and which keys it may not have). A reader
 * that does not know them lets more pass. That a body has at most 512 KiB and nests at most 32 deep no schema says.
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
  const together: JsonSchema[] = [];
  for (const field of planOf(contract).fields) {
    properties[field.name] = fieldSchema(field, unknownFields, definitions);
    if (!field.optional && field.default === undefined) required.push(field.name);
    for (const { besideSchema } of field.rules) if (besideSchema) together.push(besideSchema);
  }
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(together.length > 0 && { allOf: together }),
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
