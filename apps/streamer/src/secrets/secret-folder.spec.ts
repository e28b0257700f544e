import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretFolder } from './secret-folder.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const resolve = (reference: string, host = 'edge.example.net'): Promise<string> =>
  new SecretFolder(folder).resolve(reference, host);

describe('SecretFolder', () => {
  it('gives the content of the file, without the newline at its end', async () => {
    await put('token', ' a b\n');
    await expect(resolve('secret:token')).resolves.toBe(' a b');
  });

  it('reads a changed file anew', async () => {
    const secrets = new SecretFolder(folder);
    await put('token', 'old');
    await secrets.resolve('secret:token', 'h');
    await put('token', 'new');
    await expect(secrets.resolve('secret:token', 'h')).resolves.toBe('new');
  });

  it.each(['secret:absent', 'secret:..', 'secret:.', 'token', 'secret:a/b'])(
    'does not know %s',
    async (reference) => {
      await expect(resolve(reference)).rejects.toMatchObject({ code: 'secret-missing' });
    },
  );

  it('knows nothing without a folder', async () => {
    await expect(new SecretFolder(undefined).resolve('secret:token', 'h')).rejects.toThrow(
      /SECRETS_DIR/,
    );
  });

  it.each<[string, string, boolean]>([
    ['{"hosts":["*.example.net"]}', 'edge.example.net', true],
    ['{"hosts":["*.example.net"]}', 'example.org', false],
    ['{"plugins":["stream","http"]}', 'anywhere', true],
    ['{"plugins":["ssh"]}', 'anywhere', false],
    ['{}', 'anywhere', true],
    ['not json', 'anywhere', false],
  ])('goes by %s beside it (%s: %p)', async (use, host, allowed) => {
    await put('token', 'value');
    await put('token.json', use);
    const outcome = await resolve('secret:token', host).catch(
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(allowed ? 'value' : 'secret-refused');
  });
});
