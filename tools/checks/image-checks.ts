import type { Check } from './check.ts';
import type { ContainerFiles } from './container-files.ts';
import { isLeftOut } from './docker-ignore.ts';
import type { BuildStage } from './dockerfile.ts';
import { importedPackages } from './imported-packages.ts';
import { meshServices } from './mesh-services.ts';

const MAJOR_VERSION = /^[^@]*:\d+[^:/]*$/;
const COMPILED = /^dist\/(.+)\.js$/;
const TEST_FILE = /\.(spec|int-spec|e2e-spec)\.ts$|\/test(ing)?\//;

/** What must hold about the image, and about what its build gets. */
export const IMAGE_CHECKS: readonly Check[] = [
  {
    name: 'every image has at least a major version',
    findProblems: ({ compose, stages }) => {
      const used = [
        ...stages.map(({ image }) => image).filter((image) => !isStage(stages, image)),
        ...Object.values(compose.services)
          .filter(({ build }) => build === undefined)
          .map(({ image }) => image),
      ];
      return used.filter((image) => !MAJOR_VERSION.test(image));
    },
  },
  {
    name: 'every COPY finds what it copies',
    findProblems: ({ stages, files, ignored }) =>
      stages.flatMap(({ copies }) =>
        copies.flatMap(({ from, sources }) => {
          if (from !== undefined) {
            return isStage(stages, from) ? [] : [`there is no stage ${from} to copy from`];
          }
          return sources
            .filter((source) => !sent(files, ignored).some((file) => isWithin(file, source)))
            .map((source) => `${source} is not in the repository, or .dockerignore leaves it out`);
        }),
      ),
  },
  {
    name: 'the build gets only what it copies, and no tests',
    findProblems: ({ stages, files, ignored }) => {
      const copied = stages.flatMap(({ copies }) =>
        copies.flatMap(({ from, sources }) => (from === undefined ? sources : [])),
      );
      return sent(files, ignored)
        .filter((file) => TEST_FILE.test(file) || !copied.some((source) => isWithin(file, source)))
        .map((file) => `${file} goes to the build for nothing`);
    },
  },
  {
    name: 'the sources of the image are TypeScript alone: the compiler copies nothing else',
    findProblems: ({ files, ignored }) =>
      sent(files, ignored).filter((file) => file.includes('/') && !file.endsWith('.ts')),
  },
  {
    name: 'every command is compiled from a source that the build gets',
    findProblems: (files) => {
      const commands = [
        ['the image', image(files).command] as const,
        ...meshServices(files).map(({ name, compose }) => [name, compose.command ?? []] as const),
      ];
      return commands
        .filter(([, [main = '']]) => !isCompiled(files, main))
        .map(([who, command]) => `${who} runs ${command.join(' ') || 'nothing'}`);
    },
  },
  {
    name: 'every service runs its own main file',
    findProblems: (files) =>
      meshServices(files)
        .filter(({ name, compose }) => compose.command?.join(' ') !== mainOf(name))
        .map(({ name }) => `${name} does not run ${mainOf(name)}`),
  },
  {
    name: 'the image resolves the names of package.json to what it compiled',
    findProblems: (files) => [
      ...Object.values(files.manifest.imports)
        .map((target) => target.default)
        .filter((target) => !isCompiled(files, target.replace('./', '')))
        .map((target) => `${target} is not compiled`),
      ...['package.json', 'node_modules', 'dist']
        .filter((name) => !copiesFromBuild(image(files), name))
        .map((name) => `the image has no ${name}`),
    ],
  },
  {
    name: 'every package that the code of the image imports is a dependency of production',
    findProblems: ({ files, ignored, read, manifest }) =>
      sent(files, ignored)
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) =>
          importedPackages(read(file))
            .filter((name) => !(name in manifest.dependencies))
            .map((name) => `${file} imports ${name}`),
        ),
  },
  {
    name: 'the image has no packages of development',
    findProblems: ({ stages }) =>
      stages.some(({ runs }) => runs.some((run) => run.includes('npm prune --omit=dev')))
        ? []
        : ['nothing prunes node_modules before they are copied'],
  },
  {
    name: 'no package runs a script while the image is built',
    findProblems: ({ stages }) =>
      stages
        .flatMap(({ runs }) => runs.flatMap((run) => run.split('&&')))
        .filter((command) => /\bnpm (ci|install|prune)\b/.test(command))
        .filter((command) => !command.includes('--ignore-scripts'))
        .map((command) => `${command.trim()} runs scripts`),
  },
  {
    name: 'the image runs as a user without rights, named by a number',
    findProblems: (files) => {
      const { user = 'root' } = image(files);
      return /^[1-9]\d*(:[1-9]\d*)?$/.test(user) ? [] : [`the image runs as ${user}`];
    },
  },
  {
    name: 'an init process that the image has starts the service',
    findProblems: (files) => {
      const { entrypoint, runs } = image(files);
      const installs = runs.some((run) => /apt-get install [^&]*\btini\b/.test(run));
      return [
        ...(entrypoint[0] === '/usr/bin/tini' ? [] : ['the entry point is not tini']),
        ...(installs ? [] : ['the image does not install tini']),
      ];
    },
  },
];

/** The last stage is the image. */
function image({ stages }: ContainerFiles): BuildStage {
  const last = stages.at(-1);
  if (last === undefined) throw new Error('the Dockerfile has no FROM');
  return last;
}

function sent(files: readonly string[], ignored: ContainerFiles['ignored']): readonly string[] {
  return files.filter((file) => !isLeftOut(file, ignored));
}

function isStage(stages: readonly BuildStage[], name: string): boolean {
  return stages.some((stage) => stage.name === name);
}

function isWithin(file: string, source: string): boolean {
  const path = source.replace('./', '');
  return file === path || file.startsWith(`${path}/`);
}

function isCompiled({ files, ignored }: ContainerFiles, script: string): boolean {
  const source = COMPILED.exec(script)?.[1];
  return source !== undefined && sent(files, ignored).includes(`${source}.ts`);
}

function copiesFromBuild({ copies }: BuildStage, name: string): boolean {
  return copies.some(
    ({ from, sources }) =>
      from !== undefined && sources.some((source) => source === `/app/${name}`),
  );
}

function mainOf(service: string): string {
  return `dist/apps/${service}/src/main.js`;
}
