import { DeadlineExceededError, withTimeout } from '#supervisor';
import type { Command } from 'commander';
import type { Session } from '../broker/session.js';
import { examine, unreachable } from '../doctor/examine.js';
import { noTrouble, findingLines } from '../doctor/finding-lines.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT } from '../exit-codes.js';
import { UsageError } from '../usage-error.js';
import type { Cli } from './cli.js';
import { interruptible } from './interruptible.js';

const CONNECT_MS = 5_000;

const EXAMPLES = `
Looks at the broker and its alarms, at every queue and exchange, at what waits in them and who reads it, at dead letters, at the
services and their versions, at work that nobody does, at indices that take no documents, and asks the record and the search
store. It changes nothing and takes a few seconds at most. Exit codes: 0 no trouble, 1 trouble.

Examples:
  $ signalbox doctor
  $ signalbox --json doctor | jq 'select(.state != "ok")'`;

/** `signalbox doctor`: what is wrong, and what to type next. */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('check everything, and say what is wrong and what to do')
    .addHelpText('after', EXAMPLES)
    .action(() =>
      interruptible(async (signal) => {
        const findings = await examined(cli, signal);
        const console = cli.console();
        findings.forEach((finding) => console.object(finding));
        for (const line of findingLines(findings, console)) console.line(line);
        if (!noTrouble(findings)) cli.done(EXIT.failed);
      }),
    );
}

async function examined(cli: Cli, signal: AbortSignal): Promise<readonly Finding[]> {
  const session = await connected(cli, signal);
  if (session instanceof Error) return unreachable(session.message);
  await using open = session;
  return await examine(open, signal);
}

/** The session, or why there is none. Throws `UsageError`, and the signal's reason. */
async function connected(cli: Cli, signal: AbortSignal): Promise<Session | Error> {
  try {
    const options = { signal, onLateError: () => undefined };
    return await withTimeout((until) => cli.session(until), CONNECT_MS, options);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    if (!(error instanceof DeadlineExceededError)) return error;
    return new Error(
      `RabbitMQ has not answered within ${CONNECT_MS / 1_000} s: it hangs, or a firewall drops what is sent to it`,
    );
  }
}
