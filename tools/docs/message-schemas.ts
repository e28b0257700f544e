import { jsonSchemaOf, MESSAGES, type JsonSchema } from '#contracts';

/** The JSON Schema of every message whose body is JSON, by the message's type. */
export function messageSchemas(): ReadonlyMap<string, JsonSchema> {
  const json = MESSAGES.filter((definition) => definition.contentType === 'application/json');
  return new Map(
    json.map(({ type, summary, contract, unknownFields, examples }) => [
      type,
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: type,
        description: summary,
        ...jsonSchemaOf(contract, unknownFields),
        examples,
      },
    ]),
  );
}
