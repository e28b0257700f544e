import { InvalidMessageError, SignalboxError } from '#contracts';
import { QueryFailedError } from '#broker';
import { messageOf } from '#supervisor';
import { Command, CommanderError, Help, type Option } from 'commander';
import type { CliEnvironment } from './cli.env.js';
import { addAudit } from './commands/audit.command.js';
import { addCancel } from './commands/cancel.command.js';
import { addCompletion } from './commands/completion.command.js';
import type { Cli } from './commands/cli.js';
import { addDead } from './commands/dead.command.js';
import { addDoctor } from './commands/doctor.command.js';
import { addIndex } from './commands/index.command.js';
import { addPublish } from './commands/publish.command.js';
import { addRun } from './commands/run.command.js';
import { addSearch } from './commands/search.command.js';
import { addServices } from './commands/services.command.js';
import { addShow } from './commands/show.command.js';
import { addStream } from './commands/stream.command.js';
import { addWatch } from './commands/watch.command.js';
import { findBroker } from './broker/find-broker.js';
import { RefusedError, Session } from './broker/session.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Console } from './output/console.js';
import { UsageError } from './usage-error.js';

const HELP = `
Exit codes: 0 all succeeded, 1 some did not (or the command was refused), 2 wrong usage,
3 cancelled, 4 broker unreachable, 5 the end was not seen.

The broker is --url, else AMQP_URL, else the mesh that runs in this folder (npm start).`;

/** Runs one command line and says how it ended. Never throws: what went wrong is printed. */
export async function runProgram(
  args: readonly string[],
  environment: CliEnvironment,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed what it threw itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportFailure(error, consoleOf(program, environment));
  }
}

/** The commands with their options and help; `done` is told how a command ended. */
export function buildProgram(environment: CliEnvironment, done: (code: ExitCode) => void): Command {
  const program = new Command('signalbox')
    .description('Run jobs on fleets of hosts, follow their streams, search what they said.')
    .option('--url <amqp-url>', 'where the broker is')
    .option('--json', 'print one JSON object a line')
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .showHelpAfterError('(signalbox --help shows what there is)')
    .addHelpText('after', HELP);
  const cli: Cli = {
    done,
    environment,
    console: () => consoleOf(program, environment),
    brokerUrl: () => findBroker(program.opts<{ url?: string }>().url, environment),
    session: (signal) => Session.open(cli.brokerUrl(), environment, signal),
  };
  addRun(program, cli);
  addWatch(program, cli);
  addShow(program, cli);
  addCancel(program, cli);
  addStream(program, cli);
  addSearch(program, cli);
  addIndex(program, cli);
  addServices(program, cli);
  addAudit(program, cli);
  addPublish(program, cli);
  addDead(program, cli);
  addDoctor(program, cli);
  addCompletion(program);
  return program;
}

/** What commander says of an option, and whether it can be left out. */
function describeOption(option: Option): string {
  const description = new Help().optionDescription(option);
  return option.mandatory ? `${description} (required)` : description;
}

function consoleOf(program: Command, environment: CliEnvironment): Console {
  return new Console(program.opts<{ json?: boolean }>().json ?? false, environment.color);
}

function reportFailure(error: unknown, console: Console): ExitCode {
  const message = messageOf(error);
  const code = error instanceof SignalboxError ? error.code : undefined;
  if (error instanceof RefusedError) console.object(error.rejected);
  else console.object({ error: message, ...(code !== undefined && { code }) });
  console.note(`signalbox: ${message}`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof RefusedError || error instanceof QueryFailedError) return EXIT.failed;
  if (!(error instanceof SignalboxError)) return EXIT.failed;
  if (error instanceof InvalidMessageError) return EXIT.usage;
  return error.retryable ? EXIT.unreachable : EXIT.failed;
}
