import type { Session } from '../broker/session.js';
import type { CliEnvironment } from '../cli.env.js';
import type { ExitCode } from '../exit-codes.js';
import type { Console } from '../output/console.js';

/** What a command gets: its surroundings, a way to connect, and whom to tell how it ended. */
export interface Cli {
  readonly environment: CliEnvironment;
  /** As the options of this call say. */
  console(): Console;
  /** Where the broker is. Throws `UsageError` when nothing says it. */
  brokerUrl(): string;
  /** Connects, until the signal aborts; dispose of it. */
  session(signal?: AbortSignal): Promise<Session>;
  /** How the command ended; 0 unless told. */
  done(code: ExitCode): void;
}
