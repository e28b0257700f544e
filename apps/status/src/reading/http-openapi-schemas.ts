import { jsonSchemaOf, type Contract, type JsonSchema } from '#contracts';

const DEFINITIONS = '#/$defs/';

/** The schemas that an OpenAPI document shares, each under the name of its contract. */
export class Schemas {
  private readonly byName = new Map<string, JsonSchema>();

  /** All that were referred to, by name. */
  get all(): Readonly<Record<string, JsonSchema>> {
    const sorted = [...this.byName].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted);
  }

  /** A reference to the schema of a contract. Its reader ignores fields that it does not know. */
  refer(contract: Contract): JsonSchema {
    return this.add(contract.name, jsonSchemaOf(contract, 'ignore'));
  }

  /** A reference to a schema; the definitions that it brings along become schemas beside it. */
  add(name: string, { $defs = {}, ...schema }: JsonSchema): JsonSchema {
    for (const [nested, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      this.byName.set(nested, hoisted(definition));
    }
    this.byName.set(name, hoisted(schema));
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** A response whose body is JSON. */
export function json(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

function hoisted<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(DEFINITIONS)
      ? `#/components/schemas/${value.slice(DEFINITIONS.length)}`
      : value,
  ) as T;
}
