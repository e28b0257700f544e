import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The password of the private server whose data is in `dir`; drawn the first time. Loopback is open
 * to every user of the machine, and who may publish a command may run programs as this user.
 */
export function passwordOf(dir: string): string {
  const file = path.join(dir, 'password');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}
