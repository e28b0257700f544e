import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { ProcessIdentity } from '../service/process-identity.js';
import type { LogFormat, LogLevel } from './log-options.js';
import type { Logger } from './logger.js';
import { currentFacts } from './current-facts.js';
import { MASK, maskText } from './mask.js';
import { redactFacts } from './redact-facts.js';

/** What a logger must know. */
export interface LoggerOptions {
  readonly identity: ProcessIdentity;
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where the lines go; decides what `auto` means. */
  readonly output: LogOutput;
  /** Secret values that are hidden wherever they turn up in a line. */
  readonly secrets?: readonly string[];
}

/** A stream that says whether it is a terminal, as `process.stdout` does. */
export interface LogOutput extends DestinationStream {
  readonly isTTY?: boolean;
}

/** Shorter secrets would hide half of every line. */
const SHORTEST_SECRET = 8;

/**
 * The logger of a process: one JSON object a line (or readable lines on a terminal), written at once, so that
 * nothing is lost when the process ends. Secrets are hidden: fields named like one, passwords in URLs,
 * authorization headers, and the values in `secrets`. What is said while a message is handled carries its id and its trace.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { identity, level, format, output } = options;
  const readable = format === 'pretty' || (format === 'auto' && output.isTTY === true);
  const hide = hideSecrets(options.secrets ?? []);
  const log = pino(
    {
      level,
      base: { service: identity.service, processId: identity.processId },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: currentFacts,
      formatters: { level: (label) => ({ level: label }), log: redactFacts },
      // `redactFacts` has described the error already; pino's own serializer would see its cause only as text.
      serializers: { err: (described: unknown) => described },
      hooks: { streamWrite: hide },
    },
    readable ? readableLines(output) : output,
  );
  return hideInChildren(log);
}

// pino applies no formatter to the facts of a child; children inherit this method from their parent.
function hideInChildren(log: PinoLogger): PinoLogger {
  const inherited = Reflect.get(log, 'child');
  return Object.assign(log, {
    child(this: PinoLogger, facts: object): PinoLogger {
      return Reflect.apply(inherited, this, [redactFacts(facts)]);
    },
  });
}

function hideSecrets(secrets: readonly string[]): (line: string) => string {
  const escaped = secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => escaped.reduce((text, secret) => text.replaceAll(secret, MASK), maskText(line));
}

// pino-pretty's own stream would write later, and lose the last lines of a process that ends.
function readableLines(output: LogOutput): DestinationStream {
  const readable = prettyFactory({
    colorize: output.isTTY === true,
    ignore: 'service,processId',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return { write: (line) => output.write(readable(line)) };
}
