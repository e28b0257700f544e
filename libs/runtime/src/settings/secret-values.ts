import { passwordOfUrl } from '../logging/mask.js';
import { describeSettings } from './describe-settings.js';

/** The secrets that a settings object holds, for the logger to hide wherever they turn up. */
export function secretValues(settings: object): readonly string[] {
  const Class = settings.constructor as new () => object;
  const values = settings as Readonly<Record<string, unknown>>;
  return describeSettings(Class).flatMap(({ name, secret }) => {
    const value = values[name];
    if (typeof value !== 'string' || secret === undefined || secret === false) return [];
    return secret === true ? [value] : (passwordOfUrl(value) ?? []);
  });
}
