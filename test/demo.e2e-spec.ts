import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

const DEMO = fileURLToPath(new URL('../tools/demo.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** Swallows one document without a word. */
const DROP_ONE_DOCUMENT = `
  create function spoil() returns trigger language plpgsql as $$
    begin
      if new.document->>'line' = '77' then return null; end if;
      return new;
    end $$;
  create trigger spoil before insert on indexer.documents for each row execute function spoil()`;

/** Turns the outcome of one target around. */
const FLIP_ONE_TARGET = `
  create function spoil() returns trigger language plpgsql as $$
    begin
      if new.name = '127.0.0.3' and new.outcome = 'succeeded' then
        new.outcome := 'failed';
        new.state := 'failed';
      end if;
      return new;
    end $$;
  create trigger spoil before insert or update on targets for each row execute function spoil()`;

describe('npm run demo -- --once', () => {
  let ground: MeshGround;

  beforeAll(async () => {
    ground = await MeshGround.open();
  });
  afterAll(async () => {
    await ground?.close();
  });

  async function demo(): Promise<{ exitCode: number | null; printed: string }> {
    const child = spawn(process.execPath, [DEMO, '--once', '--dir', ground.dir], {
      env: { ...process.env, ...ground.given },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => printed.push(data));
    child.stderr.on('data', (data: Buffer) => printed.push(data));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, printed: Buffer.concat(printed).toString() };
  }

  async function spoil(databaseUrl: string, sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  it(
    'exits 0 when every count is right',
    async () => {
      const { exitCode, printed } = await demo();
      expect(printed).toContain('every count is right');
      expect(exitCode).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'exits 1 when one document is missing from the index',
    async () => {
      await spoil(ground.given.SEARCH_URL, DROP_ONE_DOCUMENT);
      const { exitCode, printed } = await demo();
      expect(printed).toMatch(/WRONG {2}documents in the index +19999,/);
      expect(exitCode).toBe(1);
      await spoil(ground.given.SEARCH_URL, 'drop trigger spoil on indexer.documents');
    },
    TIMEOUT_MS,
  );

  it(
    'exits 1 when the outcome of one target is not what its server saw',
    async () => {
      await spoil(ground.given.DATABASE_URL, FLIP_ONE_TARGET);
      const { exitCode, printed } = await demo();
      expect(printed).toMatch(/WRONG {2}targets recorded as their servers saw them +199,/);
      expect(exitCode).toBe(1);
    },
    TIMEOUT_MS,
  );
});
