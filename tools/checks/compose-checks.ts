import { SERVICES } from '#contracts';
import type { Check } from './check.ts';
import type { ComposeFile } from './compose-file.ts';
import { interpolations, literalPart } from './interpolation.ts';
import { meshServices } from './mesh-services.ts';

/** They keep nothing, so there may be any number of each: `docker compose up --scale task-runner=3`. */
const SCALABLE: ReadonlySet<string> = new Set(['task-runner', 'streamer', 'indexer']);

/** The stores, and the one service that each of them is for. */
const READER_OF_STORE = { postgres: 'status', opensearch: 'indexer' } as const;

const SECRET_NAME = /PASS|SECRET|TOKEN|PRIVATE|CREDENTIAL/i;
const PASSWORD_IN_URL = /:\/\/[^\s/]*?:([^@\s]*)@/;

/** What must hold within the compose file. */
export const COMPOSE_CHECKS: readonly Check[] = [
  {
    name: 'the four services are there, all of the one image that is built here',
    findProblems: (files) => {
      const services = meshServices(files);
      const missing = SERVICES.filter((name) => services.every((service) => service.name !== name));
      const images = new Set(services.map(({ compose }) => compose.image));
      return [
        ...missing.map((name) => `there is no service ${name}`),
        ...services
          .filter(({ compose }) => compose.build !== '.')
          .map(({ name }) => `${name} is not built here`),
        ...(images.size > 1 ? [`the services have ${images.size} images`] : []),
      ];
    },
  },
  {
    name: 'every service, volume and network that is referred to exists, and each of them is used',
    findProblems: ({ compose, files }) => [
      ...unknownDependencies(compose),
      ...mountedFolders(compose)
        .filter((mounted) => !files.some((file) => `${file}/`.startsWith(`${mounted}/`)))
        .map((mounted) => `${mounted} is mounted, and not in the repository`),
      ...differences('volume', Object.keys(compose.volumes), usedVolumes(compose)),
      ...differences('network', Object.keys(compose.networks), usedNetworks(compose)),
    ],
  },
  {
    name: 'a published port is the admin port of a service that listens beyond its own loopback',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose: { ports = [], environment = {} } }) =>
        ports.flatMap((port) => {
          const [, outside, inside] = port.split(':');
          const { ADMIN_PORT, ADMIN_HOST } = environment;
          return [
            ...(inside === ADMIN_PORT && outside === inside
              ? []
              : [`${name} publishes ${port}, and its ADMIN_PORT is ${ADMIN_PORT}`]),
            ...(ADMIN_HOST === '0.0.0.0'
              ? []
              : [`${name} publishes ${port}, and listens on loopback alone`]),
          ];
        }),
      ),
  },
  {
    name: 'no port of any container is open beyond the machine',
    findProblems: ({ compose }) =>
      Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
        ports
          .filter((port) => !port.startsWith('127.0.0.1:'))
          .map((port) => `${name} publishes ${port}`),
      ),
  },
  {
    name: 'every health check asks the port that the service got as ADMIN_PORT whether it is ready',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose: { healthcheck, environment = {} } }) => {
        const asks = healthcheck.test.join(' ');
        const isReadiness = asks.includes("process.env.ADMIN_PORT + '/health/ready'");
        const isPort = Number(environment['ADMIN_PORT'] ?? 0) > 0;
        return [
          ...(isReadiness ? [] : [`${name} is not asked for /health/ready on its ADMIN_PORT`]),
          ...(isPort ? [] : [`${name} has no fixed ADMIN_PORT`]),
        ];
      }),
  },
  {
    name: 'services that keep nothing can be scaled: none publishes a port',
    findProblems: (files) =>
      meshServices(files)
        .filter(({ name, compose }) => SCALABLE.has(name) && compose.ports !== undefined)
        .map(({ name }) => `${name} publishes a port, so a second one cannot start`),
  },
  {
    name: 'every service runs with a read-only root, no capabilities and no way to more rights',
    findProblems: (files) =>
      meshServices(files).flatMap(({ name, compose }) => [
        ...(compose.read_only === true ? [] : [`${name} may write to its root file system`]),
        ...(compose.cap_drop?.includes('ALL') ? [] : [`${name} keeps capabilities`]),
        ...(compose.security_opt?.includes('no-new-privileges:true')
          ? []
          : [`${name} may get new privileges`]),
      ]),
  },
  {
    name: 'only the service that a store is for shares a network with it, and that leads nowhere else',
    findProblems: ({ compose }) =>
      Object.entries(READER_OF_STORE).flatMap(([store, reader]) =>
        (compose.services[store]?.networks ?? ['default']).flatMap((network) => [
          ...(compose.networks[network]?.internal === true
            ? []
            : [`${store} is in the network ${network}, which leads outside`]),
          ...membersOf(compose, network)
            .filter((name) => name !== store && name !== reader)
            .map((name) => `${name} can reach ${store} through the network ${network}`),
        ]),
      ),
  },
  {
    name: 'the compose file holds no secret, not even as a default',
    findProblems: ({ compose }) =>
      Object.entries(compose.services).flatMap(([name, { environment = {} }]) =>
        Object.entries(environment)
          .filter(([variable, value]) => holdsSecret(variable, value))
          .map(([variable]) => `${name} gets ${variable} with a secret in it`),
      ),
  },
];

function unknownDependencies({ services }: ComposeFile): readonly string[] {
  return Object.entries(services).flatMap(([name, { depends_on = {} }]) =>
    Object.keys(depends_on)
      .filter((other) => services[other] === undefined)
      .map((other) => `${name} depends on ${other}, which is not there`),
  );
}

/** What a container sees of the repository itself. */
function mountedFolders(compose: ComposeFile): readonly string[] {
  return mounts(compose)
    .filter((source) => source.startsWith('./'))
    .map((source) => source.slice(2));
}

function usedVolumes(compose: ComposeFile): readonly string[] {
  return mounts(compose).filter((source) => !source.startsWith('./'));
}

function mounts({ services }: ComposeFile): readonly string[] {
  return Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.slice(0, volume.indexOf(':'))),
  );
}

function usedNetworks({ services }: ComposeFile): readonly string[] {
  return Object.values(services).flatMap(({ networks = ['default'] }) => networks);
}

function membersOf({ services }: ComposeFile, network: string): readonly string[] {
  return Object.entries(services)
    .filter(([, { networks = ['default'] }]) => networks.includes(network))
    .map(([name]) => name);
}

function differences(
  what: string,
  declared: readonly string[],
  used: readonly string[],
): readonly string[] {
  return [
    ...used.filter((name) => !declared.includes(name)).map((name) => `no ${what} ${name}`),
    ...declared.filter((name) => !used.includes(name)).map((name) => `unused ${what} ${name}`),
  ];
}

function holdsSecret(variable: string, value: string): boolean {
  const hasDefault = interpolations(value).some(
    ({ name, otherwise }) => SECRET_NAME.test(name) && (otherwise ?? '') !== '',
  );
  const password = PASSWORD_IN_URL.exec(literalPart(value))?.[1] ?? '';
  const isNamedSecret = SECRET_NAME.test(variable) && literalPart(value) !== '';
  return hasDefault || password !== '' || isNamedSecret;
}
