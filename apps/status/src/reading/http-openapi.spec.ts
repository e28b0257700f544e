import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { schemaCheck } from '../../testing/schema-check.js';
import { openApi } from './http-openapi.js';

const ROOT = join(import.meta.dirname, '../../../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

interface Document {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

const document = JSON.parse(JSON.stringify(openApi(version))) as Document;
const operations = Object.entries(document.paths).map(([path, { get }]) => ({ path, ...get }));

const MEDIA = { type: 'object', properties: { schema: { type: 'object' } }, required: ['schema'] };

/** What OpenAPI 3.1 asks of the parts that are used here, and no more than those. */
const OPENAPI = {
  type: 'object',
  required: ['openapi', 'info', 'servers', 'paths', 'components'],
  additionalProperties: false,
  properties: {
    openapi: { pattern: '^3\\.1\\.\\d+$' },
    info: { type: 'object', required: ['title', 'version'] },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    components: { type: 'object', required: ['schemas'] },
    paths: {
      type: 'object',
      propertyNames: { pattern: '^/' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          get: {
            type: 'object',
            additionalProperties: false,
            required: ['operationId', 'summary', 'responses'],
            properties: {
              operationId: { type: 'string' },
              summary: { type: 'string' },
              description: { type: 'string' },
              parameters: {
                type: 'array',
                items: {
                  type: 'object',
                  additionalProperties: false,
                  required: ['name', 'in', 'schema', 'description', 'required'],
                  properties: {
                    name: { type: 'string' },
                    in: { enum: ['query', 'path', 'header'] },
                    required: { type: 'boolean' },
                    description: { type: 'string' },
                    schema: { type: 'object' },
                  },
                  if: { properties: { in: { const: 'path' } } },
                  // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
                  then: { properties: { required: { const: true } } },
                },
              },
              responses: {
                type: 'object',
                minProperties: 1,
                propertyNames: { pattern: '^[1-5]\\d\\d$' },
                additionalProperties: {
                  type: 'object',
                  required: ['description', 'content'],
                  additionalProperties: false,
                  properties: {
                    description: { type: 'string' },
                    content: { type: 'object', additionalProperties: MEDIA },
                    'x-events': { type: 'object' },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

describe('the OpenAPI document', () => {
  it('is one', () => {
    expect(() => schemaCheck(OPENAPI)(document)).not.toThrow();
  });

  it('stands in docs/openapi.json as it is; if not, run `npm run docs`', () => {
    const file = readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8');
    expect(file).toBe(`${JSON.stringify(openApi(version), null, 2)}\n`);
  });

  it('refers only to what it has', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
    const names = new Set([...references].map(([, reference]) => reference));
    const known = Object.keys(document.components.schemas);
    expect([...names].filter((name) => !known.some((one) => name?.endsWith(`/${one}`)))).toEqual(
      [],
    );
    expect(names.size).toBeGreaterThan(20);
  });

  it.each(Object.keys(document.components.schemas))('has a schema %s that can be used', (name) => {
    const { components } = document;
    const check = schemaCheck({ $ref: `#/components/schemas/${name}`, components });
    expect(() => check(7)).toThrow('7');
  });

  it('has each operation under a name of its own, with all parameters of its path', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });
});
