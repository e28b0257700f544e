import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceName } from '#contracts';

const MESH_FILE = join('.signalbox', 'mesh.json');

/** A process of a local mesh. */
export interface LocalService {
  readonly name: ServiceName;
  readonly pid: number;
  readonly adminUrl: string;
}

/** A mesh that `npm start` runs on this machine, as its `.signalbox/mesh.json` says. */
export interface LocalMesh {
  /** The file that says so. */
  readonly file: string;
  readonly launcherPid: number;
  readonly amqpUrl: string;
  /** RabbitMQ's management API, with user and password; absent where the mesh does not know it. */
  readonly managementUrl?: string;
  /** The search store; absent where the mesh does not know it. */
  readonly searchUrl?: string;
  readonly services: readonly LocalService[];
}

/** The mesh that runs in this folder, or in the next one above it. */
export function localMesh(folder: string): LocalMesh | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const mesh = read(join(at, MESH_FILE));
    if (mesh !== undefined) return mesh;
    if (at === dirname(at)) return undefined;
  }
}

function read(file: string): LocalMesh | undefined {
  try {
    const mesh = JSON.parse(readFileSync(file, 'utf8')) as Partial<LocalMesh>;
    const { amqpUrl, launcherPid = 0, services = [] } = mesh;
    return typeof amqpUrl === 'string'
      ? { ...mesh, file, amqpUrl, launcherPid, services }
      : undefined;
  } catch {
    // No file, or one that is just being written: no mesh.
    return undefined;
  }
}
