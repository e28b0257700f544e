import { getMetadataStorage, type ValidationArguments } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import type { SettingType } from './setting.decorator.js';

/**
 * The rules of a setting as one phrase that follows "must be": `a whole number from 1 to 65535`,
 * `one of: json, pretty`. A rule that is not known here says itself what it allows.
 */
export function allowedValues(type: SettingType, rules: readonly ValidationMetadata[]): string {
  const constraints = rules.filter(({ type: kind }) => kind === 'customValidation');
  const has = (name: string): boolean => constraints.some((rule) => rule.name === name);
  const find = (name: string): readonly unknown[] | undefined =>
    constraints.find((rule) => rule.name === name)?.constraints as unknown[] | undefined;

  const choices = find('isIn')?.[0] as readonly unknown[] | undefined;
  const phrases = [noun(type, choices, has('isInt'))];
  const [min, max] = [find('min')?.[0], find('max')?.[0]] as (number | undefined)[];
  const range = rangePhrase(min, max);
  if (range !== undefined) phrases.push(range);

  const others = constraints.filter(({ name }) => name === undefined || !KNOWN.has(name));
  if (others.length === 0) return phrases.join(' ');
  const described = others.map(ownWords);
  return type === 'string' && choices === undefined
    ? described.join(' and ')
    : [phrases.join(' '), ...described].join(', ');
}

const KNOWN = new Set([
  'isIn',
  'isInt',
  'min',
  'max',
  'isString',
  'isNumber',
  'isBoolean',
  'isArray',
]);

function noun(type: SettingType, choices: readonly unknown[] | undefined, whole: boolean): string {
  switch (type) {
    case 'number':
      return whole ? 'a whole number' : 'a number';
    case 'boolean':
      return 'true or false';
    case 'list':
      return choices === undefined
        ? 'a comma-separated list'
        : `a comma-separated list of: ${choices.join(', ')}`;
    case 'string':
      return choices === undefined ? 'a text' : `one of: ${choices.join(', ')}`;
  }
}

function rangePhrase(min: number | undefined, max: number | undefined): string | undefined {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  if (min !== undefined) return `of at least ${min}`;
  if (max !== undefined) return `of at most ${max}`;
  return undefined;
}

/** The message of a rule, so that it follows the "must be" that every sentence of ours begins with. */
function ownWords(rule: ValidationMetadata): string {
  const constraints = (rule.constraints ?? []) as unknown[];
  const args: ValidationArguments = {
    value: undefined,
    constraints,
    targetName: '',
    object: {},
    property: rule.propertyName,
  };
  const registered = getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls)[0];
  const message =
    typeof rule.message === 'function'
      ? rule.message(args)
      : (rule.message ?? registered?.instance.defaultMessage?.(args) ?? `valid (${rule.name})`);
  return message
    .replace(/^(each value in )?\$property must be /, '')
    .replace(/^(each value in )?\$property must /, 'a value that must ')
    .replaceAll(/\$constraint(\d+)/g, (_, n: string) => String(constraints[Number(n) - 1]));
}
