import type { JsonSchema } from '../src/fields/rule.js';
import type { FreeForm } from './by-json-schema.js';

/** A value to put into a body, and where. */
export interface Boundary {
  readonly path: readonly string[];
  readonly value: unknown;
}

type Schema = JsonSchema & {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly 'x-free-form'?: FreeForm;
};

/** Values at, just within and just beyond each limit that a schema names, for every field of it at any depth. */
export function boundariesOf(root: JsonSchema): Boundary[] {
  const { $defs = {} } = root as Schema;
  const visit = (told: Schema, path: readonly string[]): Boundary[] => {
    const schema = told.$ref === undefined ? told : $defs[told.$ref.replace('#/$defs/', '')]!;
    return [
      ...limitsOf(schema).map((value) => ({ path, value })),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
        visit(inner, [...path, name]),
      ),
      ...(schema.items ? visit(schema.items, [...path, '0']) : []),
      ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((inner) => visit(inner, path)),
    ];
  };
  return visit(root as Schema, []);
}

/** The body with the value there; where the path does not exist in it, objects and lists are made. */
export function withBoundary(body: unknown, { path, value }: Boundary): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = (body as Record<string, unknown> | undefined)?.[step];
  const changed = withBoundary(inner, { path: rest, value });
  if (step === '0') return [changed, ...(Array.isArray(body) ? body.slice(1) : [])];
  return { ...(body as object | undefined), [step]: changed };
}

const ODD_MAPS = ['__proto__', 'constructor', 'prototype', 'a b', '', 'x'.repeat(129)].flatMap(
  (name) => ['secret:a', 1].map((value) => objectOf(name, value)),
);

function freeForms({ 'x-free-form': limits }: Schema): unknown[] {
  if (limits === undefined) return [];
  const { maxDepth, forbiddenKeys } = limits;
  return [
    ...[maxDepth - 1, maxDepth, maxDepth + 1].map((depth) => ({ a: nested(depth - 1) })),
    ...forbiddenKeys.flatMap((key) => [objectOf(key, 1), { a: [objectOf(key, 1)] }]),
  ];
}

function limitsOf(schema: Schema): unknown[] {
  const around = (key: string): number[] => {
    const limit = schema[key];
    return typeof limit === 'number' ? [limit - 1, limit, limit + 1] : [];
  };
  const sizes = (...keys: string[]) => keys.flatMap(around).filter((size) => size >= 0);
  const lengths = sizes('minLength', 'maxLength');
  return [
    null,
    ...around('minimum'),
    ...around('maximum'),
    ...lengths.map((length) => 'x'.repeat(length)),
    ...lengths.map((length) => '😀'.repeat(length)),
    ...sizes('minItems', 'maxItems').map((length) => Array.from({ length }, (_, at) => `h${at}`)),
    ...sizes('maxProperties').map((length) =>
      Object.fromEntries(Array.from({ length }, (_, at) => [`x-${at}`, 'secret:a'])),
    ),
    ...('maxProperties' in schema ? ODD_MAPS : []),
    ...freeForms(schema),
    ...(schema.enum ?? []).flatMap((word) => [word, `${word} `]),
  ];
}

/** Objects and lists in each other, as many as `depth`. */
function nested(depth: number): object {
  if (depth === 1) return {};
  return depth % 2 === 0 ? { a: nested(depth - 1) } : [nested(depth - 1)];
}

/** A key `__proto__` stays a key. */
function objectOf(key: string, value: unknown): object {
  return Object.fromEntries([[key, value]]);
}
