import type { JsonValue } from '#contracts';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { Plugin } from './plugin.js';
import { TEXT_MAP_SCHEMA } from './text-map.js';

type JsonObject = Record<string, JsonValue>;

/**
 * The JSON Schema of a plugin's arguments, from the decorators and defaults of its class. Whoever
 * checks a command with it refuses nothing that the plugin would take.
 */
export function argumentSchema(plugin: Plugin): Readonly<JsonObject> {
  const { properties, required, ...schema } = plainJson(
    targetConstructorToSchema(plugin.arguments, { additionalConverters: TEXT_MAP_SCHEMA }),
  ) as { properties?: Record<string, JsonObject>; required?: string[] };
  const defaults = plainJson(new plugin.arguments());
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties ?? {}).map(([name, property]) => [
        name,
        name in defaults ? { ...property, default: defaults[name] ?? null } : property,
      ]),
    ),
    required: (required ?? []).filter((name) => !(name in defaults)),
    additionalProperties: false,
  };
}

/** What stands in a value besides JSON is for code, not for readers. */
function plainJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
