import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/**
 * The same command line, with the kernel told to kill the process when its parent dies. It is the
 * last line of defence, for a keeper killed together with its launcher. Linux only (`prctl(2)`,
 * `PR_SET_PDEATHSIG`); elsewhere the command line as it was.
 */
export function diesWithParent(commandLine: readonly string[]): readonly string[] {
  if (process.platform !== 'linux' || !existsSync(SETPRIV)) return commandLine;
  return [SETPRIV, '--pdeathsig', 'KILL', ...commandLine];
}
