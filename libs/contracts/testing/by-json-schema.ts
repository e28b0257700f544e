import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../src/fields/rule.js';

/** A reader of the JSON Schema of a contract: Ajv, taught the two words that are ours. */
export function schemaCheck(schema: JsonSchema): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strictTypes: false, strictRequired: false });
  ajv.addFormat('http-url', isHttpUrl);
  ajv.addKeyword({
    keyword: 'x-free-form',
    schemaType: 'object',
    validate: (limits: FreeForm, value: unknown) => isFreeForm(value, limits),
  });
  return ajv.compile(schema);
}

/** The limits of a free-form value, as the keyword `x-free-form` tells them. */
export interface FreeForm {
  readonly maxDepth: number;
  readonly forbiddenKeys: readonly string[];
}

function isFreeForm(root: unknown, { maxDepth, forbiddenKeys }: FreeForm): boolean {
  let level = [root].filter(isContainer);
  for (let depth = 1; level.length > 0; depth += 1) {
    const keys = level.filter((value) => !Array.isArray(value)).flatMap(Object.keys);
    if (depth > maxDepth || keys.some((key) => forbiddenKeys.includes(key))) return false;
    level = level.flatMap((value) => Object.values(value)).filter(isContainer);
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}` === '';
}
