import path from 'node:path';
import type { ProcessEnd } from '../keeper/protocol.ts';
import type { Mesh } from '../mesh.ts';
import { WORK } from '../setup/places.js';

/** What runs, where (`dir` has the logs), and what to try next. */
export function welcome(mesh: Mesh, dir = WORK): string {
  const services = mesh.services.map(
    ({ name, pid, adminUrl }) => `  ${name.padEnd(12)} ${adminUrl}  (pid ${pid})`,
  );
  const status = mesh.services.find(({ name }) => name === 'status');
  return [
    '',
    'Signalbox is up.',
    '',
    ...services,
    `  ${'RabbitMQ'.padEnd(12)} ${mesh.amqpUrl}`,
    ...(mesh.managementUrl === undefined
      ? []
      : [`  ${''.padEnd(12)} ${withoutPath(mesh.managementUrl)} (its web page)`]),
    `  ${'record'.padEnd(12)} ${mesh.databaseUrl}`,
    `  ${'documents'.padEnd(12)} ${mesh.searchUrl}`,
    `  ${'logs'.padEnd(12)} ${path.relative(process.cwd(), path.join(dir, 'logs'))}/`,
    '',
    'Try, in another terminal:',
    '',
    '  npm run -s signalbox -- services',
    `  npm run -s signalbox -- run --plugin exec --targets 127.0.0.1 --arg program=uptime --watch`,
    ...(status === undefined ? [] : [`  curl -s ${status.adminUrl}/v1/executions`]),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** How a process ended, as part of a sentence. */
export function howItEnded({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

function withoutPath(url: string): string {
  return url.replace(/\/$/, '');
}
