import { jest } from '@jest/globals';
import { runProgram } from '../src/program.js';

/** How one call of the command line ended, and what it said. */
export interface CliRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** The objects of a call with `--json`. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

/** Where a broker is: its AMQP URL, and its management API where that is asked. */
export type BrokerAddress = string | { readonly amqpUrl: string; readonly managementUrl: string };

/** Calls the command line within this process, on a broker. */
export async function runCli(broker: BrokerAddress, ...args: readonly string[]): Promise<CliRun> {
  let [out, err] = ['', ''];
  const to = (add: (text: string) => void) => (text: string | Uint8Array) => {
    add(String(text));
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(to((text) => (out += text))),
    jest.spyOn(process.stderr, 'write').mockImplementation(to((text) => (err += text))),
  ];
  try {
    const urls =
      typeof broker === 'string' ? { amqpUrl: broker, managementUrl: undefined } : broker;
    const environment = { ...urls, workingDirectory: '/', account: 'me', color: false };
    const exitCode = await runProgram(args, environment);
    const objects = args.includes('--json') ? out.trim().split('\n').filter(Boolean) : [];
    return { exitCode, out, err, objects: objects.map((line) => JSON.parse(line)) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
