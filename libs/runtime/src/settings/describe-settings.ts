import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import { allowedValues } from './allowed-values.js';
import {
  declaredSettings,
  type DeclaredSetting,
  type SettingOptions,
  type SettingType,
  type SettingValue,
} from './setting.decorator.js';

/** Everything that is known about one setting of a class. */
export interface SettingDescription extends SettingOptions {
  /** The environment variable. */
  readonly name: string;
  readonly type: SettingType;
  /** What it is when the variable is not set; undefined when there is no default. */
  readonly default: SettingValue | undefined;
  /** Whether the service refuses to start without it. */
  readonly required: boolean;
  /** What it may be, ready to follow "must be": `a whole number from 1 to 10`. */
  readonly allowed: string;
  /** Name of the class that declares it. */
  readonly declaredBy: string;
}

/**
 * Describes the settings of a class, base class first.
 * Throws a `TypeError` when a field's type cannot be told: the mistake of whoever wrote the class.
 */
export function describeSettings<T extends object>(
  Class: new () => T,
): readonly SettingDescription[] {
  const defaults: object = new Class();
  const defaultOf = (name: string): SettingValue | undefined =>
    Reflect.get(defaults, name) as SettingValue | undefined;
  const rules = getMetadataStorage().getTargetValidationMetadatas(Class, '', false, false);
  return declaredSettings(Class.prototype as object).map((setting) => {
    const ofSetting = rules.filter(({ propertyName }) => propertyName === setting.name);
    const type = settingType(setting, defaultOf(setting.name));
    return {
      ...setting.options,
      name: setting.name,
      type,
      default: defaultOf(setting.name),
      required: defaultOf(setting.name) === undefined && !ofSetting.some(isConditional),
      allowed: allowedValues(type, ofSetting),
      declaredBy: setting.prototype.constructor.name,
    };
  });
}

// `@IsOptional()` and `@ValidateIf()`: whether it may be missing is for them to say.
function isConditional(rule: ValidationMetadata): boolean {
  return rule.type === 'conditionalValidation';
}

function settingType({ name, prototype }: DeclaredSetting, value: unknown): SettingType {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return typeof value as SettingType;
  }
  if (Array.isArray(value)) return 'list';
  const declared: unknown = Reflect.getMetadata('design:type', prototype, name);
  if (declared === String) return 'string';
  if (declared === Number) return 'number';
  if (declared === Boolean) return 'boolean';
  if (declared === Array) return 'list';
  throw new TypeError(
    `the type of the setting ${prototype.constructor.name}.${name} cannot be told: declare it as string, number, boolean or string[] (write \`${name}?: string\`, not \`string | undefined\`)`,
  );
}
