import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { SignalboxError } from '#contracts';
import type { Plugin } from './plugin.js';

/** What the arguments of a command come to: no plugin can run with them. */
export class InvalidArgumentsError extends SignalboxError {
  constructor(plugin: string, problems: readonly string[]) {
    super('invalid-args', `the arguments of ${plugin} are not valid: ${problems.join('; ')}`);
  }
}

/**
 * The arguments of a command as an instance of the plugin's class, defaults filled in.
 *
 * @throws {InvalidArgumentsError} naming every problem; a field that the class does not have is one.
 */
export async function checkArguments<A extends object>(
  plugin: Plugin<A>,
  args: Readonly<Record<string, unknown>>,
): Promise<A> {
  const instance = plainToInstance(plugin.arguments, args, { exposeDefaultValues: true });
  const errors = await validate(instance, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw new InvalidArgumentsError(plugin.name, errors.flatMap(problemsOf));
  return instance;
}

function problemsOf(error: ValidationError): string[] {
  const own = Object.values(error.constraints ?? {});
  const nested = (error.children ?? []).flatMap(problemsOf);
  return [...own, ...nested.map((problem) => `${error.property}: ${problem}`)];
}
