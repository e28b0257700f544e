import { chownSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** `nobody` by convention; the id is all that matters, it needs no entry in /etc/passwd. */
const NOBODY = 65_534;

const SETPRIV = '/usr/bin/setpriv';

/** How a program that refuses to run as root is started. */
export interface Unprivileged {
  readonly uid?: number;
  readonly gid?: number;
  /** Goes before the program and its arguments. */
  readonly prefix: readonly string[];
}

/**
 * A way to run a program that must read `paths` as an ordinary user: as it is for an ordinary
 * user, as `nobody` for root. A repository in root's own home is closed to `nobody`; there the
 * program keeps the one capability to pass through folders (capabilities(7), "ambient").
 *
 * Throws when root's home is closed and the machine has no `setpriv`.
 */
export function unprivileged(paths: readonly string[]): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [] };
  if (paths.every(isOpenToAll)) return { uid: NOBODY, gid: NOBODY, prefix: [] };
  if (!existsSync(SETPRIV)) {
    throw new Error(
      `PostgreSQL does not run as root, and other users cannot read ${paths.join(' or ')}. ` +
        'Move the repository to a folder that everyone may enter, or work as an ordinary user.',
    );
  }
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const pass = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  // access(2), with which initdb looks for its neighbours, disregards the capability without this.
  const honour = '--securebits=+no_setuid_fixup';
  // Changing the user forgets the parent-death signal, so it is set here once more.
  return { prefix: [SETPRIV, ...user, ...pass, honour, '--pdeathsig', 'KILL'] };
}

/** Gives a file or folder to the user that `unprivileged` programs run as; nothing to do for ordinary users. */
export function giveToUnprivileged(file: string): void {
  if (process.getuid?.() === 0) chownSync(file, NOBODY, NOBODY);
}

function isOpenToAll(file: string): boolean {
  const othersMayEnter = 0o001;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & othersMayEnter) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}
