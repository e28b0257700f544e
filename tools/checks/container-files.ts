import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readComposeFile, type ComposeFile } from './compose-file.ts';
import { readDockerIgnore, type IgnorePattern } from './docker-ignore.ts';
import { readDockerfile, type BuildStage } from './dockerfile.ts';
import type { SettingsOfService } from './service-settings.ts';

const TEXTS = ['docker-compose.yml', 'Dockerfile', '.dockerignore', '.env.example'] as const;

/** The texts that say how Signalbox runs in containers, by file name. */
export type ContainerTexts = Readonly<Record<(typeof TEXTS)[number], string>>;

/** The package.json, as far as it decides what a running service finds. */
export interface Manifest {
  readonly imports: Readonly<Record<string, { readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What containers are checked against. */
export interface Repository {
  /** Paths from the root, with `/`. */
  readonly files: readonly string[];
  readonly read: (file: string) => string;
  readonly manifest: Manifest;
  readonly settings: SettingsOfService;
}

/** The container files, read, with the repository that they belong to. */
export interface ContainerFiles extends Repository {
  readonly composeText: string;
  readonly compose: ComposeFile;
  readonly stages: readonly BuildStage[];
  readonly ignored: readonly IgnorePattern[];
  /** The variables of .env.example. */
  readonly example: Readonly<Record<string, string>>;
}

/** The container files of the repository in this folder. */
export function readTexts(root: string): ContainerTexts {
  const entries = TEXTS.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
  return Object.fromEntries(entries) as ContainerTexts;
}

/** Reads the files; throws when one is not what its format says. */
export function readContainerFiles(texts: ContainerTexts, repository: Repository): ContainerFiles {
  return {
    ...repository,
    composeText: texts['docker-compose.yml'],
    compose: readComposeFile(texts['docker-compose.yml']),
    stages: readDockerfile(texts['Dockerfile']),
    ignored: readDockerIgnore(texts['.dockerignore']),
    example: parseEnv(texts['.env.example']) as Record<string, string>,
  };
}

/** What a build could copy: the files of the repository without what is made or installed. */
export function filesBelow(root: string): readonly string[] {
  const made = new Set(['node_modules', 'dist', 'coverage', '.git', '.signalbox']);
  return readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !made.has(name))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(root, entry.name) : [entry.name]));
}

/** The package.json in this folder. */
export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

function filesIn(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
