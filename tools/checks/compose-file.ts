import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** A service of the compose file, as far as the schema beside this file lets it be. */
export interface ComposeService {
  readonly build?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck: { readonly test: readonly string[] };
}

/** The compose file with its merge keys resolved and without its `x-` keys. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, 'compose.schema.json'), 'utf8'),
) as object;

const follows = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<ComposeFile>(SCHEMA);

/** Reads a compose file. Throws with the line of a YAML error, or with everything that the schema does not allow. */
export function readComposeFile(text: string): ComposeFile {
  const everything = parse(text, { merge: true }) as Record<string, unknown>;
  const file: unknown = Object.fromEntries(
    Object.entries(everything).filter(([key]) => !key.startsWith('x-')),
  );
  if (follows(file)) return file;
  const problems = (follows.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(['the compose file does not follow its schema:', ...problems].join('\n  '));
}
