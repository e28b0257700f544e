import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '#contracts';
import { hostPattern } from '#runtime';
import type { SecretSource } from './secret-source.js';

const REFERENCE = /^secret:([A-Za-z0-9_.-]{1,128})$/;
/** Under this name streams stand in the list of who may use a secret. */
const USER = 'stream';

/** Who may use a secret: the file `<name>.json` beside it. */
interface SecretUse {
  readonly plugins?: readonly string[];
  readonly hosts?: readonly string[];
}

/**
 * Secrets in a folder, one in each file, as container platforms mount them; a newline at the end of
 * a file is not part of the secret. Beside `edge-token` may stand `edge-token.json`, which says who
 * may use it: `{ "plugins": ["stream"], "hosts": ["*.example.net"] }`; what it leaves out is free.
 */
export class SecretFolder implements SecretSource {
  readonly #folder: string | undefined;

  /** @param folder the setting `SECRETS_DIR`; without one there are no secrets. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async resolve(reference: string, host: string): Promise<string> {
    const name = REFERENCE.exec(reference)?.[1];
    if (this.#folder === undefined || name === undefined || /^\.+$/.test(name)) {
      throw missing(reference, 'the service has no folder of secrets (SECRETS_DIR)');
    }
    const use = await this.#use(name, reference);
    if (!allows(use, host)) {
      throw new SignalboxError(
        'secret-refused',
        `${reference} may not be used by streams from ${host}: see ${name}.json`,
      );
    }
    const value = await read(join(this.#folder, name));
    if (value === undefined) throw missing(reference, 'no such file in SECRETS_DIR');
    return value.replace(/\r?\n$/, '');
  }

  async #use(name: string, reference: string): Promise<SecretUse> {
    const text = await read(join(this.#folder ?? '', `${name}.json`));
    if (text === undefined) return {};
    try {
      return JSON.parse(text) as SecretUse;
    } catch (cause) {
      // Nobody may use a secret of which it cannot be said who may.
      throw new SignalboxError('secret-refused', `${reference}: ${name}.json is not JSON`, {
        cause,
      });
    }
  }
}

function allows({ plugins, hosts }: SecretUse, host: string): boolean {
  if (plugins !== undefined && !plugins.includes(USER)) return false;
  return hosts === undefined || hosts.some((pattern) => hostPattern(pattern).test(host));
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SignalboxError('secret-missing', `${path} cannot be read`, { cause: error });
  }
}

function missing(reference: string, why: string): SignalboxError {
  return new SignalboxError('secret-missing', `${reference} is not known: ${why}`);
}
