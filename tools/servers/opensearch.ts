import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Keeper, RunningProcess } from '../keeper/keeper.ts';
import { readPlaces, type DockerImage, type OpenSearchFiles } from '../setup/places.js';
import { answering } from './answering.ts';
import { runContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { putAside } from './log-file.ts';
import { Server } from './server.ts';

/** The library that runs the node takes no HTTP port beyond these. */
const PORTS = { first: 9_201, last: 9_299 };

export interface OpenSearchOptions {
  readonly keeper: Keeper;
  /** Data and settings; kept between starts. */
  readonly dir: string;
  /** More settings of `opensearch.yml`, to provoke faults: `indexing_pressure.memory.limit`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Starts a private OpenSearch of one node on 127.0.0.1 that ends with the keeper; takes about ten
 * seconds and 700 MB. Undefined when this machine can run none (the set-up has said why). Throws
 * with its last lines when it does not come up.
 */
export async function startOpenSearch(options: OpenSearchOptions): Promise<Server | undefined> {
  const place = readPlaces().opensearch;
  if (place === undefined || place.kind === 'missing') return undefined;
  putAside(logOf(options.dir));
  const port = await freePort(PORTS);
  const url = `http://127.0.0.1:${port}`;
  const launch =
    place.kind === 'docker'
      ? () => container(options, place, port)
      : await javaProcess(options, place, port);
  const server = new Server('opensearch', url, async () => {
    const process = await launch();
    await answering(process, 'OpenSearch', () => isUp(url), 120_000);
    return process;
  });
  await server.start();
  return server;
}

function logOf(dir: string): string {
  return path.join(dir, 'opensearch.log');
}

async function isUp(url: string): Promise<boolean> {
  const health = `${url}/_cluster/health?wait_for_status=yellow&timeout=5s`;
  const response = await fetch(health, { signal: AbortSignal.timeout(6_000) });
  await response.arrayBuffer();
  return response.ok;
}

async function javaProcess(
  { keeper, dir, settings }: OpenSearchOptions,
  { java, libraries }: OpenSearchFiles,
  port: number,
): Promise<() => Promise<RunningProcess>> {
  const configuration = path.join(dir, 'node_1', 'config');
  mkdirSync(configuration, { recursive: true });
  const all = {
    'network.host': '127.0.0.1',
    'transport.port': await freePort(),
    'discovery.type': 'single-node',
    'cluster.routing.allocation.disk.threshold_enabled': false,
    'action.auto_create_index': true,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  writeFileSync(path.join(configuration, 'opensearch.yml'), `${lines.join('\n')}\n`);
  const memory = ['-Xms512m', '-Xmx512m'];
  const node = ['-numOfNode', '1', '-baseHttpPort', String(port - 1), '-basePath', dir];
  const runner = 'org.codelibs.opensearch.runner.OpenSearchRunner';
  return () =>
    keeper.spawn({
      name: 'opensearch',
      role: 'server',
      command: java,
      args: [...memory, '-cp', path.join(libraries, '*'), runner, ...node],
      cwd: dir,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: dir, LANG: 'C.UTF-8' },
      logFile: logOf(dir),
    });
}

async function container(
  { keeper, dir, settings = {} }: OpenSearchOptions,
  { image }: DockerImage,
  port: number,
): Promise<RunningProcess> {
  const all = {
    'discovery.type': 'single-node',
    DISABLE_SECURITY_PLUGIN: true,
    OPENSEARCH_JAVA_OPTS: '-Xms512m -Xmx512m',
    ...settings,
  };
  const environment = Object.entries(all).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const { process } = await runContainer({
    keeper,
    name: 'opensearch',
    image,
    logFile: logOf(dir),
    ports: new Map([[port, 9200]]),
    args: environment,
  });
  return process;
}
