import { type PluginDeclaration, SignalboxError } from '#contracts';
import { argumentSchema } from './argument-schema.js';
import type { Plugin } from './plugin.js';

/** A command names a plugin that is not offered here. */
export class UnknownPluginError extends SignalboxError {
  constructor(name: string, offered: readonly string[]) {
    const list = offered.join(', ') || 'none';
    super(
      'unknown-plugin',
      `this task-runner offers no plugin ${name}; it offers: ${list} (PLUGINS)`,
    );
  }
}

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

  /** @throws {UnknownPluginError} when no plugin of that name is offered. */
  get(name: string): Plugin {
    const plugin = this.byName.get(name);
    if (!plugin) throw new UnknownPluginError(name, [...this.byName.keys()]);
    return plugin;
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
