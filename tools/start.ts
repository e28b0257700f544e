/**
 * `npm start`: runs a mesh until it is interrupted. With `--watch` (`npm run start:dev`) the
 * sources are compiled whenever they change, and the services started again. `--dir FOLDER` takes
 * another place than `.signalbox/` for data, logs and `mesh.json`, for a second mesh.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch, type Launch } from './launcher.ts';
import { startMesh, type MeshEvent } from './mesh.ts';
import { howItEnded, welcome } from './mesh/report.ts';
import { recompileOnChange } from './mesh/recompile.ts';
import { ROOT, WORK } from './setup/places.js';

/** To try things on this machine; only its own user can reach the broker. */
const ENVIRONMENT = { 'task-runner': { PLUGINS: process.env.PLUGINS ?? 'http,exec' } };

function report(event: MeshEvent): void {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  if (event.kind === 'servers-up') {
    console.log(`servers are up (${seconds(event.tookMs)}); starting the services …`);
  } else if (event.kind === 'ready') {
    console.log(`all services are ready (${seconds(event.tookMs)})`);
  } else if (event.kind === 'died') {
    const log = path.relative(ROOT, path.join(dir, 'logs', `${event.name}.log`));
    const wait = seconds(event.restartInMs);
    console.log(`${event.name} ${howItEnded(event)}; starting it again in ${wait} (see ${log})`);
  } else {
    const { name, pid, adminUrl } = event.service;
    console.log(`${name} is ready again: pid ${pid}, ${adminUrl}`);
  }
}

async function start({ keeper, signal }: Launch): Promise<number> {
  console.log('starting RabbitMQ and PostgreSQL where no address is given …');
  const mesh = await startMesh({ keeper, signal, dir, env: ENVIRONMENT, onEvent: report });
  console.log(welcome(mesh, dir));
  if (options.watch) recompileOnChange(signal, () => void mesh.restart());
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  console.log('\nstopping; Ctrl-C once more kills what takes too long …');
  await mesh.stop();
  console.log('stopped');
  return 0;
}

const { values: options } = parseArgs({
  options: { watch: { type: 'boolean', default: false }, dir: { type: 'string', default: WORK } },
});
const dir = path.resolve(options.dir);
await launch(start);
