import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Mesh } from '../tools/mesh.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';
import { signalboxCli } from './cli.ts';

describe('dead letters of a mesh, by the command line', () => {
  let ground: MeshGround;
  let mesh: Mesh;

  beforeAll(async () => {
    ground = await MeshGround.open();
    mesh = await ground.startMesh();
  }, 60_000);

  afterAll(async () => {
    await ground?.close();
  }, 60_000);

  const signalbox = (...args: readonly string[]) =>
    signalboxCli(args, {
      AMQP_URL: mesh.amqpUrl,
      RABBITMQ_MANAGEMENT_URL: mesh.managementUrl ?? '',
    });

  const json = async (...args: readonly string[]) => (await signalbox('--json', ...args)).objects;

  /** Documents of which the store refuses one: it is a JSON object by its first and last byte only. */
  const documents = ['{"text":"fine"}', '{"text":}']
    .map((source, n) => `{"create":{"_index":"notes","_id":"${n}"}}\n${source}\n`)
    .join('');

  it('finds nothing wrong with a mesh that works', async () => {
    await eventually(
      'doctor says that all is fine',
      async () => (await signalbox('doctor')).exitCode === 0,
      30_000,
    );
    const { output } = await signalbox('doctor');
    expect(output).toMatch(/^all fine: \d+ checks$/m);
    expect(output).toMatch(/^ok {7}search \(indexer, store\) +answers in/m);
  }, 60_000);

  it('shows what a service could not handle, replays it, and shows it again when it dies again', async () => {
    const published = await signalbox('publish', 'document.index', '--body', documents);
    expect(published.exitCode).toBe(0);
    const id = published.output.trim();
    const [letter] = await eventually('the document is refused', async () => {
      const found = await json('dead', 'list', id);
      return found.length > 0 && found;
    });
    expect(letter).toMatchObject({
      id,
      queue: 'indexer.documents.dead',
      code: 'document-refused',
      type: 'document.index',
    });
    const shown = await signalbox('dead', 'show', id);
    expect(shown.output).toContain('{"text":}');

    const troubled = await signalbox('doctor');
    expect(troubled.exitCode).toBe(1);
    expect(troubled.output).toContain('-> signalbox dead list --queue indexer.documents.dead');

    const replayed = await signalbox('dead', 'replay', id, '--yes');
    expect(replayed.output).toContain('1 letter replayed\n');
    const again = await eventually('it died again', async () => {
      const [found] = await json('dead', 'list', id);
      return found !== undefined && found.failedAt !== letter?.failedAt && found;
    });
    expect(again).toMatchObject({ id, attempt: 1, code: 'document-refused' });

    const discarded = await signalbox('dead', 'discard', id, '--yes');
    expect(discarded.output).toContain('1 letter discarded\n');
    expect((await signalbox('dead', 'show', id)).exitCode).toBe(1);
  }, 60_000);
});
