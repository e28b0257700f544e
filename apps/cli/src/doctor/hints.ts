import { dirname, join, relative } from 'node:path';
import type { QueueName, ServiceName } from '#contracts';
import type { LocalMesh, LocalService } from '../broker/local-mesh.js';

/** What is known of how the looked-at mesh is run. */
export interface Surroundings {
  /** The virtual host. */
  readonly vhost: string;
  /** The mesh, when `npm start` runs it on this machine. */
  readonly mesh: LocalMesh | undefined;
  /** What names of files are shown relative to. */
  readonly workingDirectory: string;
}

/** What to type next: whole commands for a mesh that `npm start` runs here, and else with words in capitals to fill in. */
export class Hints {
  constructor(private readonly of: Surroundings) {}

  /** How a service is started that does not run. */
  start(service: ServiceName): string {
    const { mesh } = this.of;
    if (mesh === undefined)
      return `npm start   (with Docker: docker compose up --detach ${service})`;
    const log = this.shown(join(dirname(mesh.file), 'logs', `${service}.log`));
    return `tail -n 30 ${log}   (npm start starts it again when it ends${this.ifItHangs(service)})`;
  }

  /** How a service is started anew that may run. */
  restart(service: ServiceName): string {
    const one = this.local(service);
    return one === undefined
      ? `docker compose restart ${service}   (without Docker: stop it by SIGTERM and start it again)`
      : `kill ${one.pid}`;
  }

  /** How a service is asked whether it is ready; `what` to look for in its answer. */
  readiness(service: ServiceName, what: string): string {
    return `curl -m 5 ${this.admin(service)}/health/ready   (of ${service}: ${what}${this.ifItHangs(service)})`;
  }

  /** How a service is asked for its metrics of this name. */
  metrics(service: ServiceName, name: string, what: string): string {
    return `curl -s -m 5 ${this.admin(service)}/metrics | grep ${name}   (of ${service}: ${what})`;
  }

  /** How a queue is deleted. */
  deleteQueue(name: QueueName): string {
    const { mesh, vhost } = this.of;
    return mesh?.managementUrl === undefined
      ? `rabbitmqctl delete_queue --vhost ${vhost} ${name}`
      : this.deleteByApi('queues', name);
  }

  /** How a binding is deleted; `key` is what the management API calls it. */
  deleteBinding(exchange: string, queue: QueueName, key: string): string {
    return this.deleteByApi('bindings', 'e', exchange, 'q', queue, key);
  }

  /** Where the search store says why it does not write to an index. */
  settingsOf(index: string): string {
    const { mesh } = this.of;
    const readOnly = `-c 'show transaction_read_only'`;
    if (mesh?.searchUrl === undefined) {
      return `curl SEARCH_URL/${index}/_settings   (PostgreSQL: psql SEARCH_URL ${readOnly})`;
    }
    // It may hold a password, like the others.
    const url = `"$(jq -r .searchUrl ${this.shown(mesh.file)})`;
    return mesh.searchUrl.startsWith('postgres')
      ? `psql ${url}" ${readOnly}`
      : `curl ${url}/${index}/_settings"`;
  }

  /** What to do about a PostgreSQL that status cannot use. */
  database(): string {
    const { mesh } = this.of;
    return mesh === undefined
      ? 'pg_isready -d DATABASE_URL   (with Docker: docker compose ps; docker compose logs --tail 20 postgres)'
      : `kill ${mesh.launcherPid}; npm start   (npm start does not start PostgreSQL again by itself)`;
  }

  /** What to do about a broker that does not answer. */
  broker(): string {
    const { mesh } = this.of;
    return mesh === undefined
      ? 'rabbitmqctl status   (on the machine of the broker)'
      : `kill ${mesh.launcherPid}; npm start   (npm start does not start RabbitMQ again by itself)`;
  }

  /** Through RabbitMQ's management API. */
  private deleteByApi(kind: 'queues' | 'bindings', ...names: readonly string[]): string {
    const { mesh, vhost } = this.of;
    const resource = [kind, ...[vhost, ...names].map(encodeURIComponent)].join('/');
    // The address holds a password: it is read where it is needed, and not shown.
    return mesh?.managementUrl === undefined
      ? `curl -u ADMINISTRATOR -X DELETE http://HOST:15672/api/${resource}`
      : `curl -X DELETE "$(jq -r .managementUrl ${this.shown(mesh.file)})/api/${resource}"`;
  }

  /** What does not answer takes no SIGTERM either. */
  private ifItHangs(service: ServiceName): string {
    const one = this.local(service);
    return one === undefined ? '' : `; if it hangs: kill -9 ${one.pid}`;
  }

  private admin(service: ServiceName): string {
    return this.local(service)?.adminUrl ?? 'http://ADMIN_HOST:ADMIN_PORT';
  }

  private local(service: ServiceName): LocalService | undefined {
    return this.of.mesh?.services.find(({ name }) => name === service);
  }

  private shown(file: string): string {
    return relative(this.of.workingDirectory, file);
  }
}
