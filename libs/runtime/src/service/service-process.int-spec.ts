import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Ending, type OnLine, runNode } from '../../../../tools/testing/run-node.ts';

jest.setTimeout(30_000);

const ROOT = join(import.meta.dirname, '../../../..');
const NOBODY_LISTENS = 'amqp://user:SESAME@127.0.0.1:1';

/** A service whose only part is what the test gives it: code that sees `lifecycle`. */
const serviceSource = (part: string): string => `
  import 'reflect-metadata';
  import { Lifecycle, runService, ServiceSettings } from '#runtime';
  class PartModule {}
  const part = { provide: 'part', inject: [Lifecycle], useFactory: (lifecycle) => { ${part} } };
  await runService({
    service: 'indexer',
    settings: ServiceSettings,
    module: () => ({ module: PartModule, providers: [part] }),
    consumes: [],
  });
`;

/** Runs a service in a process of its own; `onMessage` sees what it logs and may signal it. */
function runProcess(
  part: string,
  environment: Record<string, string>,
  onMessage: OnLine = () => undefined,
): Promise<Ending> {
  const args = ['--input-type=module', '-e', serviceSource(part)];
  return runNode(args, { LOG_FORMAT: 'json', ...environment }, (line, kill) =>
    onMessage((JSON.parse(line) as { msg: string }).msg, kill),
  );
}

describe('a service process', () => {
  beforeAll(() => {
    if (!existsSync(join(ROOT, 'dist/libs/runtime/src/index.js'))) {
      throw new Error('this test runs what was built: `npm run build` first');
    }
  });

  it('exits 78 when the environment is wrong, and prints every problem', async () => {
    const { exitCode, output, errorOutput } = await runProcess('', {
      AMQP_URL: 'http://user:SESAME@rabbitmq',
      ADMIN_PORT: 'eighty',
      LOG_LEVEL: 'loud',
    });
    expect(exitCode).toBe(78);
    expect(output).toBe('');
    expect(errorOutput).toMatch(
      /^indexer cannot start\. 3 settings are wrong in the environment:\n {2}AMQP_URL is "http:\/\/user:\*\*\*@rabbitmq": must be .+\n {2}ADMIN_PORT is "eighty": must be .+\n {2}LOG_LEVEL is "loud": must be .+\n$/,
    );
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits 0 at %s', async (signal) => {
    const { exitCode, output, errorOutput } = await runProcess(
      '',
      { AMQP_URL: NOBODY_LISTENS },
      (message, kill) => {
        if (message === 'admin server listens') kill(signal);
      },
    );
    expect({ exitCode, errorOutput }).toEqual({ exitCode: 0, errorOutput: '' });
    expect(output.trimEnd().split('\n').at(-1)).toContain('"msg":"stopped"');
    expect(output).not.toContain('SESAME');
  });

  it('exits 1 at a second signal, whatever still runs', async () => {
    const { exitCode } = await runProcess(
      "lifecycle.onDrain('stubborn', () => new Promise(() => {}));",
      { AMQP_URL: NOBODY_LISTENS },
      (message, kill) => {
        if (message === 'admin server listens') kill('SIGTERM');
        if (message.startsWith('stopping;')) kill('SIGTERM');
      },
    );
    expect(exitCode).toBe(1);
  });

  it.each([
    ['thrown', "setImmediate(() => { throw new Error('surprise'); });"],
    ['rejected', "setImmediate(() => void Promise.reject(new Error('surprise')));"],
  ])('stops in order and exits 70 when an error is %s and nobody handles it', async (_, part) => {
    const { exitCode, output } = await runProcess(part, { AMQP_URL: NOBODY_LISTENS });
    expect(exitCode).toBe(70);
    expect(output).toMatch(/"level":"fatal".+"message":"surprise".+nobody handled/);
    expect(output.trimEnd().split('\n').at(-1)).toContain('"msg":"stopped"');
  });

  it('exits 70 when it cannot be put together, and says why', async () => {
    const { exitCode, output } = await runProcess("throw new Error('part missing');", {
      AMQP_URL: NOBODY_LISTENS,
    });
    expect(exitCode).toBe(70);
    expect(output).toMatch(/"level":"fatal".+part missing.+cannot put the service together/);
  });

  it('exits 70 when the admin server cannot listen, and says what to do', async () => {
    // An address from RFC 5737, which no machine has.
    const { exitCode, output } = await runProcess('', {
      AMQP_URL: NOBODY_LISTENS,
      ADMIN_HOST: '192.0.2.1',
    });
    expect(exitCode).toBe(70);
    expect(output).toMatch(/EADDRNOTAVAIL.+set ADMIN_HOST and ADMIN_PORT/);
  });
});
