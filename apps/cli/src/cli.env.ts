import { userInfo } from 'node:os';

/** What the command line takes from its surroundings. */
export interface CliEnvironment {
  /** AMQP_URL: where the broker is. Without it, a mesh started in this folder or one above is used. */
  readonly amqpUrl: string | undefined;
  /** RABBITMQ_MANAGEMENT_URL: where the broker's management API is, with user and password; only `doctor` asks it. */
  readonly managementUrl: string | undefined;
  /** The folder it was called in. */
  readonly workingDirectory: string;
  /** The account it runs under; part of the names of its queues when the URL has no user. */
  readonly account: string;
  /** False with NO_COLOR. */
  readonly color: boolean;
}

/** Reads the environment, once. */
export function cliEnvironment(): CliEnvironment {
  const { AMQP_URL, RABBITMQ_MANAGEMENT_URL, NO_COLOR } = process.env;
  return {
    amqpUrl: AMQP_URL === '' ? undefined : AMQP_URL,
    managementUrl: RABBITMQ_MANAGEMENT_URL === '' ? undefined : RABBITMQ_MANAGEMENT_URL,
    workingDirectory: process.cwd(),
    account: accountName(),
    color: NO_COLOR === undefined || NO_COLOR === '',
  };
}

/** The account's name, or its number where it has none (a container run under any number). */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'nobody');
  }
}
