import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Check } from './check.ts';
import { BROKER_USER_CHECKS } from './broker-user-checks.ts';
import { COMPOSE_CHECKS } from './compose-checks.ts';
import {
  filesBelow,
  readContainerFiles,
  readManifest,
  readTexts,
  type ContainerFiles,
  type ContainerTexts,
  type Repository,
} from './container-files.ts';
import { IMAGE_CHECKS } from './image-checks.ts';
import { loadSettingsClasses } from './service-settings.ts';
import { SETTINGS_CHECKS } from './settings-checks.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHECKS: readonly Check[] = [
  ...COMPOSE_CHECKS,
  ...BROKER_USER_CHECKS,
  ...SETTINGS_CHECKS,
  ...IMAGE_CHECKS,
];

const texts = readTexts(ROOT);
const repository: Repository = {
  files: filesBelow(ROOT),
  read: (file) => readFileSync(join(ROOT, file), 'utf8'),
  manifest: readManifest(ROOT),
  settings: await loadSettingsClasses(ROOT),
};

describe('the container files', () => {
  it('follow the part of the Compose specification that we use', () => {
    expect(() => readContainerFiles(texts, repository)).not.toThrow();
  });

  it.each(CHECKS)('$name', ({ findProblems }) => {
    expect(findProblems(readContainerFiles(texts, repository))).toEqual([]);
  });
});

/** A small mistake, and what must be said about it. */
interface Mistake {
  readonly what: string;
  /** Reads the files with the mistake. */
  readonly read: () => ContainerFiles;
  readonly problem: string;
}

function mistakeIn(file: keyof ContainerTexts) {
  return (text: string | RegExp, becomes: string, problem: string): Mistake => ({
    what: `${file}: ${String(text)} becomes ${becomes}`.replaceAll('\n', '⏎'),
    read() {
      const broken = texts[file].replace(text, becomes);
      if (broken === texts[file]) throw new Error(`${String(text)} does not stand in ${file}`);
      return readContainerFiles({ ...texts, [file]: broken }, repository);
    },
    problem,
  });
}

function mistakeAround(what: string, change: Partial<Repository>, problem: string): Mistake {
  return { what, read: () => readContainerFiles(texts, { ...repository, ...change }), problem };
}

const compose = mistakeIn('docker-compose.yml');
const dockerfile = mistakeIn('Dockerfile');
const ignore = mistakeIn('.dockerignore');
const example = mistakeIn('.env.example');

describe('the schema refuses', () => {
  it.each([
    compose(/$/, 'version: "3"\n', '"version"'),
    compose('  streamer:\n', '  streamer:\n    container_name: streamer\n', '"container_name"'),
    compose('    hostname: rabbitmq\n', '    privileged: true\n', '"privileged"'),
    compose("ADMIN_PORT: '7002'", 'ADMIN_PORT: 7002', '/services/streamer/environment/ADMIN_PORT'),
    compose('127.0.0.1:7004:7004', '7004:7004', '/services/status/ports/0'),
    compose('driver: local', 'driver: json-file', '/logging/driver'),
    compose('    restart: unless-stopped\n', '', '"restart"'),
    compose('stop_grace_period: 40s', 'stop_grace_period: 40', '/stop_grace_period'),
    compose('- rabbitmq:/var', '- ./data:/var', '/services/rabbitmq/volumes/0'),
    compose('signalbox:ro', 'signalbox', '/services/rabbitmq/volumes/1'),
    compose('service_started', 'service_ready', '/depends_on/status/condition'),
  ])('$what', ({ read, problem }) => {
    expect(read).toThrow(problem);
  });
});

/** For each check, mistakes that it must find. */
const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  'the four services are there, all of the one image that is built here': [
    compose('  streamer:\n', '  streamers:\n', 'there is no service streamer'),
    compose('  build: .', '  build: apps', 'status is not built here'),
    compose(
      'dist/apps/indexer/src/main.js]',
      'dist/apps/indexer/src/main.js]\n    image: other:1',
      'the services have 2 images',
    ),
  ],
  'every service, volume and network that is referred to exists, and each of them is used': [
    compose('postgres: { cond', 'postgresql: { cond', 'depends on postgresql, which is not there'),
    compose('- postgres:/var', '- data:/var', 'no volume data'),
    compose('- postgres:/var', '- rabbitmq:/var', 'unused volume postgres'),
    compose('- ./deploy/rabbitmq:', '- ./deploy/broker:', 'deploy/broker is mounted, and not'),
    compose('networks: [search]', 'networks: [find]', 'no network find'),
    compose(/$/, '  spare:\n', 'unused network spare'),
  ],
  'a published port is the admin port of a service that listens beyond its own loopback': [
    compose("ADMIN_PORT: '7004'", "ADMIN_PORT: '7005'", 'its ADMIN_PORT is 7005'),
    compose('      ADMIN_HOST: 0.0.0.0\n', '', 'listens on loopback alone'),
  ],
  'no port of any container is open beyond the machine': [
    compose('127.0.0.1:15672', '0.0.0.0:15672', 'rabbitmq publishes 0.0.0.0:15672:15672'),
    compose('127.0.0.1:7004', '0.0.0.0:7004', 'status publishes 0.0.0.0:7004:7004'),
  ],
  'every health check asks the port that the service got as ADMIN_PORT whether it is ready': [
    compose('/health/ready', '/health/live', 'streamer is not asked'),
    compose("' + process.env.ADMIN_PORT + '", '7004', 'streamer is not asked'),
    compose("      ADMIN_PORT: '7003'\n", '', 'indexer has no fixed ADMIN_PORT'),
    compose("'7003'", "'0'", 'indexer has no fixed ADMIN_PORT'),
  ],
  'services that keep nothing can be scaled: none publishes a port': [
    compose(
      'command: [dist/apps/task-runner/src/main.js]\n',
      "command: [dist/apps/task-runner/src/main.js]\n    ports: ['127.0.0.1:7001:7001']\n",
      'task-runner publishes a port',
    ),
  ],
  'every service runs with a read-only root, no capabilities and no way to more rights': [
    compose('  read_only: true\n', '', 'status may write to its root file system'),
    compose('    - ALL', '    - CHOWN', 'status keeps capabilities'),
    compose('no-new-privileges:true', 'no-new-privileges:false', 'status may get new privileges'),
  ],
  'only the service that a store is for shares a network with it, and that leads nowhere else': [
    compose('[default, record]', '[default, record, search]', 'status can reach opensearch'),
    compose('    networks: [search]\n', '', 'opensearch is in the network default'),
    compose('  record:\n    internal: true\n', '  record:\n', 'postgres is in the network record'),
  ],
  'the compose file holds no secret, not even as a default': [
    compose(/\$\{POSTGRES_PASSWORD[^}]*\}@/, 'tiger@', 'status gets DATABASE_URL'),
    compose(
      /POSTGRES_PASSWORD: .*/,
      'POSTGRES_PASSWORD: tiger',
      'postgres gets POSTGRES_PASSWORD with a secret',
    ),
    compose(
      /\$\{RABBITMQ_PASSWORD_INDEXER:\?[^}]*\}@/,
      '${RABBITMQ_PASSWORD_INDEXER:-tiger}@',
      'indexer gets AMQP_URL with a secret',
    ),
  ],
  'every service connects to the broker as itself, with its own password': [
    compose('amqp://streamer:', 'amqp://indexer:', 'streamer does not connect as streamer'),
    compose(
      'amqp://streamer:${RABBITMQ_PASSWORD_STREAMER',
      'amqp://streamer:${RABBITMQ_PASSWORD_INDEXER',
      'with RABBITMQ_PASSWORD_STREAMER',
    ),
  ],
  'the broker gets the password of every user that it loads, and of no other': [
    compose(/ +RABBITMQ_PASSWORD_ADMIN:.*\n/, '', 'rabbitmq does not get RABBITMQ_PASSWORD_ADMIN'),
    compose('PASSWORD_INDEXER: ${', 'PASSWORD_FINDER: ${', "FINDER, which is no user's password"),
    compose(
      'INDEXER: ${RABBITMQ_PASSWORD_INDEXER',
      'INDEXER: ${POSTGRES_PASSWORD',
      'of another name',
    ),
  ],
  'every service has a settings class': [
    mistakeAround(
      'the task-runner has none',
      { settings: { ...repository.settings, 'task-runner': undefined } },
      'task-runner.env.ts exports no TaskRunnerSettings',
    ),
  ],
  'every variable that a service gets is a setting of its class': [
    compose('SEARCH_URL:', 'SEARCH_URI:', 'indexer gets SEARCH_URI, which IndexerSettings'),
  ],
  'every service starts with the values of .env.example': [
    compose(/ {6}SEARCH_URL:.*\n/, '', 'indexer does not start: SEARCH_URL is not set'),
    compose('LOG_FORMAT: json', 'LOG_FORMAT: xml', 'indexer does not start: LOG_FORMAT is "xml"'),
    compose("'7003'", "'70033'", 'indexer does not start: ADMIN_PORT is "70033"'),
  ],
  'every service has longer to stop than its own deadlines take together': [
    compose('stop_grace_period: 40s', 'stop_grace_period: 29s', 'indexer is killed after 29000 ms'),
    compose('LOG_FORMAT: json', "DRAIN_TIMEOUT_MS: '60000'", 'and may need 64000 ms'),
  ],
  'every variable of the compose file stands in .env.example': [
    example(/^PLUGINS=.*\n/m, '', 'PLUGINS, which .env.example lacks'),
  ],
  'every variable of .env.example is used by the compose file': [
    example(/$/, 'SPARE=1\n', '.env.example has SPARE'),
  ],
  'every image has at least a major version': [
    compose('rabbitmq:4-management', 'rabbitmq:management', 'rabbitmq:management'),
    compose('postgres:18', 'postgres', 'postgres'),
    dockerfile('node:24-trixie-slim AS', 'node:lts AS', 'node:lts'),
  ],
  'every COPY finds what it copies': [
    dockerfile('COPY libs ', 'COPY lib ', 'lib is not in the repository'),
    dockerfile('--from=build', '--from=builder', 'there is no stage builder'),
    ignore('!tsconfig.base.json\n', '', 'tsconfig.base.json is not in the repository, or'),
    ignore(/$/, 'apps\n', 'apps is not in the repository, or'),
  ],
  'the build gets only what it copies, and no tests': [
    ignore(/$/, '!nest-cli.json\n', 'nest-cli.json goes to the build for nothing'),
    ignore('**/*.spec.ts\n', '', '.spec.ts goes to the build for nothing'),
    ignore('libs/*/test\n', '', 'libs/supervisor/test/'),
    ignore('*\n!', '!', 'tools/checks/check.ts goes to the build for nothing'),
  ],
  'the sources of the image are TypeScript alone: the compiler copies nothing else': [
    ignore('**/*.md\n', '', 'libs/supervisor/README.md'),
  ],
  'every command is compiled from a source that the build gets': [
    compose('dist/apps/indexer/src/main.js', 'dist/apps/indexer/main.js', 'indexer runs dist'),
    dockerfile('CMD ["dist/apps/status/src/main.js"]\n', '', 'the image runs nothing'),
    ignore(/$/, 'apps/streamer/src/main.ts\n', 'streamer runs dist/apps/streamer/src/main.js'),
  ],
  'every service runs its own main file': [
    compose('dist/apps/indexer', 'dist/apps/streamer', 'indexer does not run dist/apps/indexer'),
  ],
  'the image resolves the names of package.json to what it compiled': [
    dockerfile('COPY --from=build /app/dist ./dist\n', '', 'the image has no dist'),
    dockerfile('COPY --from=build /app/package.json ./\n', '', 'the image has no package.json'),
    ignore(/$/, 'libs/lease\n', './dist/libs/lease/src/index.js is not compiled'),
  ],
  'every package that the code of the image imports is a dependency of production': [
    mistakeAround(
      'undici is none',
      { manifest: { ...repository.manifest, dependencies: {} } },
      'http.ts imports undici',
    ),
    mistakeAround(
      'a main file imports jest',
      { read: () => "import type { A } from 'a';\nimport { it } from '@jest/globals';\n" },
      'apps/status/src/main.ts imports @jest/globals',
    ),
  ],
  'the image has no packages of development': [
    dockerfile(' && npm prune --omit=dev --ignore-scripts', '', 'nothing prunes node_modules'),
  ],
  'no package runs a script while the image is built': [
    dockerfile('--no-save --ignore-scripts', '--no-save', 'npm install --no-save'),
    dockerfile('--omit=dev --ignore-scripts', '--omit=dev', 'npm prune --omit=dev runs scripts'),
  ],
  'the image runs as a user without rights, named by a number': [
    dockerfile('USER 1000:1000\n', '', 'the image runs as root'),
    dockerfile('USER 1000:1000', 'USER node', 'the image runs as node'),
    dockerfile('USER 1000:1000', 'USER 0', 'the image runs as 0'),
  ],
  'an init process that the image has starts the service': [
    dockerfile('["/usr/bin/tini", "--", ', '[', 'the entry point is not tini'),
    dockerfile('tini openssh-client', 'openssh-client', 'the image does not install tini'),
  ],
};

describe.each(CHECKS)('$name: finds', ({ name, findProblems }) => {
  it.each(MISTAKES[name] ?? [])('$what', ({ read, problem }) => {
    expect(findProblems(read()).join('\n')).toContain(problem);
  });
});
