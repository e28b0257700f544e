/**
 * Runs every test that talks to RabbitMQ on RabbitMQ 4: `node tools/rabbitmq4.ts [integration] [e2e] [arguments of
 * Jest]`. Needs root and a Debian machine: RabbitMQ 4 is Debian's own, in a root folder under `.signalbox/` that is
 * built the first time. Tests that start brokers of their own start those of the set-up, as always. Exits as the tests do.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { diesWithParent } from './keeper/parent-death.ts';
import { launch, type Launch } from './launcher.ts';
import { rabbitMq4Root } from './servers/rabbitmq4-root.ts';
import { startRabbitMq4 } from './servers/rabbitmq4.ts';
import { ROOT } from './setup/places.js';
import { testFiles } from './testing/jest.ts';

/** What every integration test that wants a broker imports. */
const SERVERS = path.join('tools', 'testing', 'servers.ts');

/** The integration tests that want a broker, and everything that crosses processes. */
async function brokerTests(): Promise<string[]> {
  const files = [
    ...(await testFiles('integration', ['--findRelatedTests', SERVERS])),
    ...(await testFiles('e2e', [])),
  ];
  return ['--runTestsByPath', ...files.map((file) => path.relative(ROOT, file))];
}

async function run({ keeper, signal }: Launch): Promise<number> {
  const words = process.argv.slice(2);
  const isProject = (word: string) => word === 'integration' || word === 'e2e';
  const projects = words.filter(isProject);
  const jestArgs = words.filter((word) => !isProject(word));
  const place = await rabbitMq4Root(console.log);
  const broker = await startRabbitMq4(keeper, place, randomUUID());
  console.log(`RabbitMQ ${broker.version} is up.`);
  const which = jestArgs.length > 0 ? jestArgs : await brokerTests();
  const selected = projects.length > 0 ? projects : ['integration', 'e2e'];
  const test = path.join(ROOT, 'tools', 'test.ts');
  const [command = '', ...args] = diesWithParent([process.execPath, test, ...selected, ...which]);
  const env = {
    ...process.env,
    AMQP_URL: broker.amqpUrl,
    RABBITMQ_MANAGEMENT_URL: broker.managementUrl,
  };
  const tests = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit', signal });
  const [code] = (await once(tests, 'close')) as [number | null];
  return code ?? 1;
}

if (process.getuid?.() !== 0) {
  console.error(
    'RabbitMQ 4 runs in a root folder of its own (chroot), and only root may do that: run this as root, or test on ' +
      'a RabbitMQ 4 of yours with AMQP_URL=amqp://… RABBITMQ_MANAGEMENT_URL=http://… npm test.',
  );
  process.exit(77);
}
await launch(run);
