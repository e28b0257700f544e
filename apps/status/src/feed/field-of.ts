import { jsonSchemaOf, type Contract, type JsonSchema } from '#contracts';

/** What a contract says of one of its fields, as JSON Schema. */
export function fieldOf(contract: Contract, field: string): JsonSchema {
  const { properties } = jsonSchemaOf(contract, 'refuse') as {
    readonly properties: Readonly<Record<string, JsonSchema>>;
  };
  return properties[field] ?? {};
}
