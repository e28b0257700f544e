import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Keeper } from './keeper/keeper.ts';
import type { ProcessEnd } from './keeper/protocol.ts';
import { provideAddresses, type Addresses, type Given } from './mesh/addresses.ts';
import { claim, remove, write, type ServiceEntry } from './mesh/mesh-file.ts';
import { MeshService } from './mesh/mesh-service.ts';
import { freePort } from './servers/free-port.ts';
import { putAside } from './servers/log-file.ts';
import { ROOT, WORK } from './setup/places.js';

/** The services of a mesh. */
export const SERVICES = ['status', 'task-runner', 'streamer', 'indexer'] as const;

export type ServiceName = (typeof SERVICES)[number];

/** What happens while a mesh runs. */
export type MeshEvent =
  | { readonly kind: 'servers-up'; readonly addresses: Addresses; readonly tookMs: number }
  | { readonly kind: 'ready'; readonly tookMs: number }
  | ({ readonly kind: 'died'; readonly name: string; readonly restartInMs: number } & ProcessEnd)
  | { readonly kind: 'returned'; readonly service: ServiceEntry };

export interface MeshOptions {
  /** Owns every process of the mesh. */
  readonly keeper: Keeper;
  /** Where `mesh.json`, data and logs go. Default: `.signalbox/` of the repository. */
  readonly dir?: string;
  /** Servers to use instead of starting them. Default: what the environment says. */
  readonly given?: Given;
  /** How many processes of each service; 0 leaves one out. Default: 1. */
  readonly instances?: Partial<Record<ServiceName, number>>;
  /** More environment for a service, as `{ 'task-runner': { PLUGINS: … } }`. */
  readonly env?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  readonly onEvent?: (event: MeshEvent) => void;
  /** Gives up the start. What was started by then ends with the keeper. */
  readonly signal?: AbortSignal;
}

/** A running mesh: the four services with their servers. */
export interface Mesh extends Addresses {
  /** As they are now: a service that died and came back has another pid and processId. */
  readonly services: readonly ServiceEntry[];
  /** The first process of a service. Throws when the mesh has none. */
  service(name: ServiceName): ServiceEntry;
  /** Kills a service's process (`index` when there are several); resolves when it is dead. It comes back. */
  kill(name: ServiceName, index?: number): Promise<void>;
  /** Ends the services in order and has them come back, from the code as it is then. */
  restart(): Promise<void>;
  /** Ends the services in order, then the servers that were started here. Harmless when called again. */
  stop(): Promise<void>;
}

/**
 * Starts a mesh and resolves when every service is ready. Writes `mesh.json`, so that the command
 * line finds it, and removes it at the end. Throws a `MeshRunningError` when the folder has a mesh
 * already, and with the reason when something does not come up.
 */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { keeper, dir = WORK, onEvent = () => {} } = options;
  const file = path.join(dir, 'mesh.json');
  const claimed = await claim(file, keeper);
  const started = Date.now();
  const given = options.given ?? process.env;
  const addresses = await untilAborted(
    options.signal,
    provideAddresses(keeper, path.join(dir, 'data'), given),
  );
  onEvent({ kind: 'servers-up', addresses, tookMs: Date.now() - started });

  const { servers, amqpUrl, managementUrl, databaseUrl, searchUrl } = addresses;
  const services: MeshService[] = [];
  let isReady = false;
  const publish = () => {
    if (!isReady) return;
    const entries = services.map(({ entry }) => entry);
    const urls = { amqpUrl, managementUrl, databaseUrl, searchUrl };
    write(file, { ...claimed, ...urls, services: entries });
  };
  for (const name of SERVICES) {
    for (let n = 1; n <= (options.instances?.[name] ?? 1); n++) {
      services.push(await service(options, addresses, name, n, onEvent, publish));
    }
  }
  const servicesStarted = Date.now();
  await untilAborted(options.signal, Promise.all(services.map((one) => one.start())));
  isReady = true;
  publish();
  onEvent({ kind: 'ready', tookMs: Date.now() - servicesStarted });

  const named = (name: ServiceName) => services.filter((one) => one.name === name);
  return {
    ...addresses,
    get services() {
      return services.map(({ entry }) => entry);
    },
    service(name) {
      const [first] = named(name);
      if (first === undefined) throw new Error(`This mesh runs no ${name}.`);
      return first.entry;
    },
    async kill(name, index = 0) {
      const one = named(name)[index];
      if (one === undefined) throw new Error(`This mesh runs no ${name} number ${index}.`);
      await one.kill();
    },
    async restart() {
      await Promise.all(services.map((one) => one.restart()));
    },
    async stop() {
      isReady = false;
      await Promise.all(services.map((one) => one.stop()));
      await Promise.all(servers.map((one) => one.stop()));
      remove(file);
    },
  };
}

async function service(
  { keeper, dir = WORK, env = {} }: MeshOptions,
  { amqpUrlOf, databaseUrl, searchUrl }: Addresses,
  name: ServiceName,
  n: number,
  onEvent: (event: MeshEvent) => void,
  publish: () => void,
): Promise<MeshService> {
  const logs = path.join(dir, 'logs');
  const logFile = path.join(logs, n === 1 ? `${name}.log` : `${name}-${n}.log`);
  mkdirSync(logs, { recursive: true });
  putAside(logFile);
  const one: MeshService = new MeshService({
    keeper,
    name,
    main: path.join(ROOT, 'dist', 'apps', name, 'src', 'main.js'),
    adminPort: await freePort(),
    env: {
      ...inherited(),
      AMQP_URL: amqpUrlOf(name),
      ...(name === 'status' && { DATABASE_URL: databaseUrl }),
      ...(name === 'indexer' && { SEARCH_URL: searchUrl }),
      ...env[name],
    },
    logFile,
    onDeath: (end, restartInMs) => onEvent({ kind: 'died', name, restartInMs, ...end }),
    onReturn: () => {
      publish();
      onEvent({ kind: 'returned', service: one.entry });
    },
  });
  return one;
}

/** Rejects as soon as the signal is aborted, and leaves the rest to the keeper. */
function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
