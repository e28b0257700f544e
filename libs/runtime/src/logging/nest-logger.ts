import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/**
 * Writes what Nest itself logs in the format of the service. What Nest calls a log (routes, modules) is `debug` here,
 * and its debug lines are `trace`: they are about the framework, not about the service.
 */
export class NestLogger implements LoggerService {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.debug(nestFacts(rest), text(message));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.trace(nestFacts(rest), text(message));
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.trace(nestFacts(rest), text(message));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.warn(nestFacts(rest), text(message));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.error({ ...errorFact(message), ...nestFacts(rest) }, text(message));
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.#log.fatal({ ...errorFact(message), ...nestFacts(rest) }, text(message));
  }
}

/** Nest passes the part of it that speaks as the last argument, and with an error its stack before that. */
function nestFacts(rest: readonly unknown[]): object {
  const [context, ...others] = rest.filter((item) => item !== undefined).toReversed();
  if (context === undefined) return {};
  const stack = others.find((item) => typeof item === 'string');
  return { nest: context, ...(stack === undefined ? {} : { stack }) };
}

function errorFact(message: unknown): object {
  return message instanceof Error ? { err: message } : {};
}

function text(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : JSON.stringify(message);
}
