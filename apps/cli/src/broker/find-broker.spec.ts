import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findBroker } from './find-broker.js';

describe('findBroker', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
    mkdirSync(join(folder, 'deep', 'down'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const environment = (amqpUrl?: string) => ({
    amqpUrl,
    managementUrl: undefined,
    workingDirectory: join(folder, 'deep', 'down'),
    account: 'me',
    color: false,
  });

  it('says what to do when nothing names a broker', () => {
    expect(() => findBroker(undefined, environment())).toThrow(/npm start.*AMQP_URL=amqp:/);
  });

  it('finds the mesh of a folder above', () => {
    mkdirSync(join(folder, '.signalbox'));
    writeFileSync(join(folder, '.signalbox', 'mesh.json'), '{"amqpUrl":"amqp://mesh/v"}');
    expect(findBroker(undefined, environment())).toBe('amqp://mesh/v');
  });

  it('prefers --url to AMQP_URL, and AMQP_URL to a mesh', () => {
    expect(findBroker(undefined, environment('amqp://env/v'))).toBe('amqp://env/v');
    expect(findBroker('amqp://option/v', environment('amqp://env/v'))).toBe('amqp://option/v');
  });

  it('refuses what is no AMQP URL', () => {
    expect(() => findBroker('http://x', environment())).toThrow('not an AMQP URL');
  });
});
