import { spawn } from 'node:child_process';

/**
 * A command that failed, with what it said.
 */
export class CommandFailedError extends Error {
  /**
   * @param {string} commandLine
   * @param {string} how
   * @param {string} output
   */
  constructor(commandLine, how, output) {
    const said = output.trim().split('\n').slice(-15).join('\n');
    super(`\`${commandLine}\` ${how}.${said === '' ? '' : `\n${said}`}`);
    this.name = 'CommandFailedError';
  }
}

/**
 * Runs a program and resolves with its standard output. Rejects with a `CommandFailedError` when it
 * cannot be started, ends with another code than 0, or takes longer than `timeoutMs`.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd, env, timeoutMs = 600_000 } = {}) {
  const commandLine = [command, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let everything = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      everything += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (everything += text));
    child.once('error', (error) =>
      reject(new CommandFailedError(commandLine, `could not be started: ${error.message}`, '')),
    );
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      reject(new CommandFailedError(commandLine, how, everything));
    });
  });
}

/**
 * Tries something that depends on a network up to three times.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @returns {Promise<T>}
 */
export async function retried(attempt) {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, tries * 2_000));
    }
  }
}
