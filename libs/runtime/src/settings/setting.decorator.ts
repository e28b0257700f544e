/** What a person must know about a setting; error texts and docs/configuration.md are made from it. */
export interface SettingOptions {
  /** What it is for, as a sentence. */
  readonly means: string;
  /** Of a number: `ms`, `bytes`, `documents`… */
  readonly unit?: string;
  /** A value that would be right, where the meaning and the rules do not show one. */
  readonly example?: string;
  /**
   * Never shown in an error, a log or the documentation: the whole value (`true`) or the password of a URL
   * (`'url'`). A secret may also be given as `<NAME>_FILE`, the path of a file that holds it.
   */
  readonly secret?: boolean | 'url';
}

/** How the text of an environment variable is read. */
export type SettingType = 'string' | 'number' | 'boolean' | 'list';

/** What is read from it. */
export type SettingValue = string | number | boolean | readonly string[];

const settingsOfPrototype = new WeakMap<object, Map<string, SettingOptions>>();

/**
 * Makes a field a setting that is read from the environment variable of the same name. Its default is its
 * initialiser; without one it must be set, unless it is `@IsOptional()`. Its type is that of the default, or
 * the declared one: `string`, `number`, `boolean`, or `string[]` (a comma-separated list).
 * What it may be is said by class-validator's decorators beside this one.
 */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (prototype, name) => {
    const settings = settingsOfPrototype.get(prototype) ?? new Map<string, SettingOptions>();
    settings.set(String(name), options);
    settingsOfPrototype.set(prototype, settings);
  };
}

/** A setting of a class, with the prototype it was declared on. */
export interface DeclaredSetting {
  readonly name: string;
  readonly options: SettingOptions;
  readonly prototype: object;
}

/** The settings of a class and of those it extends, the base class first, each in the order of declaration. */
export function declaredSettings(prototype: object): readonly DeclaredSetting[] {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const inherited = typeof parent === 'object' && parent !== null ? declaredSettings(parent) : [];
  const own = [...(settingsOfPrototype.get(prototype) ?? [])].map(([name, options]) => ({
    name,
    options,
    prototype,
  }));
  const ownNames = new Set(own.map(({ name }) => name));
  return [...inherited.filter(({ name }) => !ownNames.has(name)), ...own];
}
