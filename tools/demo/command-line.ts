import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/src/main.js', import.meta.url));

/** What the demo looks at in the objects that the command line prints. */
export interface Printed {
  readonly executionId?: string;
  readonly target?: string;
  readonly state?: string;
  readonly message?: string;
  readonly counts?: Readonly<Record<string, number>>;
}

/** What a call of the command line printed (one object a line) and how it ended. */
export interface CallResult {
  readonly objects: readonly Printed[];
  readonly exitCode: number | null;
  /** What it said on its error stream. */
  readonly complaint: string;
}

/** Calls `signalbox --json …`, as an engineer's script would: it speaks AMQP only. */
export class CommandLine {
  readonly #amqpUrl: string;

  constructor(amqpUrl: string) {
    this.#amqpUrl = amqpUrl;
  }

  /** Runs a command to its end; `onObject` hears each line as it comes. */
  async call(
    args: readonly string[],
    onObject: (object: Printed) => void = () => undefined,
  ): Promise<CallResult> {
    const child = spawn(process.execPath, [MAIN, '--json', ...args], {
      env: { ...process.env, AMQP_URL: this.#amqpUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const objects: Printed[] = [];
    const complaint: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => complaint.push(data));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const object = JSON.parse(line) as Printed;
      objects.push(object);
      onObject(object);
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { objects, exitCode, complaint: Buffer.concat(complaint).toString().trim() };
  }

  /** The same for a command that has no reason to fail: throws what it complained about when it does. */
  async mustSucceed(args: readonly string[]): Promise<CallResult> {
    const result = await this.call(args);
    if (result.exitCode === 0) return result;
    throw new Error(
      `signalbox ${args.join(' ')} exited with ${result.exitCode}: ${result.complaint}`,
    );
  }
}
