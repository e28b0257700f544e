import type { PluginDeclaration } from '#contracts';
import { argumentSchema } from './argument-schema.js';
import type { Plugin } from './plugin.js';

/** The plugins that this task-runner offers, by name. */
export class Plugins {
  private readonly byName: ReadonlyMap<string, Plugin>;

  /**
   * @param available every plugin there is.
   * @param offered the names of those that may be used: the setting PLUGINS.
   * @throws {TypeError} when a name is offered that no plugin has.
   */
  constructor(available: readonly Plugin[], offered: readonly string[]) {
    const all = new Map(available.map((plugin) => [plugin.name, plugin]));
    this.byName = new Map(offered.map((name) => [name, known(all, name)]));
  }

  /** Nothing when no plugin of that name is offered. */
  find(name: string): Plugin | undefined {
    return this.byName.get(name);
  }

  /** What `service.started` says about them. */
  declarations(): PluginDeclaration[] {
    return [...this.byName.values()].map((plugin) => ({
      name: plugin.name,
      description: plugin.description,
      schema: argumentSchema(plugin),
      idempotent: plugin.idempotent,
      timeoutMs: plugin.timeoutMs,
    }));
  }
}

function known(all: ReadonlyMap<string, Plugin>, name: string): Plugin {
  const plugin = all.get(name);
  if (plugin) return plugin;
  const names = [...all.keys()].join(', ');
  throw new TypeError(`PLUGINS names ${name}, but there is no such plugin: there are ${names}`);
}
