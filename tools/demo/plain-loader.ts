import pg from 'pg';

const BATCH = 1_000;
const CONNECTIONS = 2;
const TABLE = 'indexer.plain_load';

/**
 * What the whole path is measured against: a loop that inserts the same documents, the same way (same table shape, same batches,
 * as many connections), with nothing between.
 */
export async function plainLoad(
  searchUrl: string,
  body: Buffer,
): Promise<{ readonly documentsPerSecond: number; readonly loaded: number }> {
  const documents = body.toString().split('\n').filter(Boolean);
  const pool = new pg.Pool({ connectionString: searchUrl, max: CONNECTIONS });
  try {
    await pool.query(`drop table if exists ${TABLE}`);
    await pool.query(`create table ${TABLE} (like indexer.documents including all)`);
    const startedAt = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < documents.length) {
        const from = next;
        next += BATCH;
        await insert(pool, documents.slice(from, from + BATCH), from);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    const seconds = (performance.now() - startedAt) / 1_000;
    const { rows } = await pool.query<{ loaded: number }>(
      `select count(*)::int as loaded from ${TABLE}`,
    );
    return { documentsPerSecond: documents.length / seconds, loaded: rows[0]?.loaded ?? 0 };
  } finally {
    await pool.query(`drop table if exists ${TABLE}`);
    await pool.end();
  }
}

async function insert(pool: pg.Pool, documents: readonly string[], from: number): Promise<void> {
  await pool.query({
    name: 'plain-load',
    text: `insert into ${TABLE} (index, id, document, event_time)
      select 'plain-load', id, document::jsonb, '-infinity' from unnest($1::text[], $2::text[]) as new (id, document)
      on conflict do nothing`,
    values: [documents.map((_, index) => `plain-${from + index}`), documents],
  });
}
