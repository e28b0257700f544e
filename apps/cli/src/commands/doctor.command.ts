import { DeadlineExceededError, withTimeout } from '#supervisor';
import type { Command } from 'commander';
import { vhostOf } from '../broker/find-broker.js';
import { localMesh } from '../broker/local-mesh.js';
import type { Session } from '../broker/session.js';
import { examine, unreachable } from '../doctor/examine.js';
import { noTrouble, findingLines } from '../doctor/finding-lines.js';
import type { Finding } from '../doctor/finding.js';
import { Hints } from '../doctor/hints.js';
import { Management, usualManagementUrl } from '../doctor/management.js';
import { EXIT } from '../exit-codes.js';
import { UsageError } from '../usage-error.js';
import type { Cli } from './cli.js';
import { interruptible } from './interruptible.js';

const CONNECT_MS = 5_000;

const EXAMPLES = `
Looks at the broker and its alarms, at every exchange, queue and binding, at what waits in them and who reads it, at dead
letters, at the record and how far it is behind, at the services and their versions, at work that nobody does, at indices that
take no documents, and asks the search store. Each trouble comes with what to type next. It changes nothing and takes a few
seconds. Exit codes: 0 no trouble, 1 trouble.

Bindings are seen through RabbitMQ's management API only, by a user who may use it: RABBITMQ_MANAGEMENT_URL says where it is,
with user and password (default: what npm start says, else the broker's host and user, port 15672).

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
  const { workingDirectory, managementUrl } = cli.environment;
  const url = cli.brokerUrl();
  const here = localMesh(workingDirectory);
  const mesh = here?.amqpUrl === url ? here : undefined;
  const vhost = vhostOf(url);
  const hints = new Hints({ vhost, mesh, workingDirectory });
  const session = await connected(cli, signal);
  if (session instanceof Error) return unreachable(session.message, hints);
  await using open = session;
  const api = managementUrl ?? mesh?.managementUrl ?? usualManagementUrl(url);
  const management = new Management(api, vhost);
  return await examine({ session: open, management, hints }, signal);
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
