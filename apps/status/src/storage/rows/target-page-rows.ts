import type { NewPage, PageSet } from '../../record/executions/target-pages.js';
import type { WorkingSet } from '../../record/working-set.js';
import { insertRows, timestamp } from './row-statement.js';

/** Hashes of pages that have arrived. */
export const SELECT_PAGES = {
  name: 'pages',
  text: `select p.execution_id, p.page, p.body_hash
         from unnest($1::uuid[], $2::integer[]) as asked (execution_id, page)
         join target_pages p using (execution_id, page)`,
};

export function takePage(
  set: WorkingSet,
  row: { execution_id: string; page: number; body_hash: string },
): void {
  set.addPage(row.execution_id, row.page, row.body_hash);
}

/** What has arrived of the targets of executions, summed up. */
export const SELECT_PAGE_SETS = {
  name: 'page-sets',
  text: `select p.execution_id, count(distinct p.page) as pages, max(p.page) as last_page,
                count(*) as count, count(distinct t.name) as distinct_names,
                encode(sha256(convert_to(string_agg(t.name, E'\\n' order by p.page, t.at), 'UTF8')), 'hex') as sha256
         from target_pages p cross join lateral unnest(p.targets) with ordinality as t (name, at)
         where p.execution_id = any($1::uuid[])
         group by p.execution_id`,
};

type PageSetRow = Pick<PageSet, 'pages' | 'count' | 'sha256'> & {
  execution_id: string;
  last_page: number;
  distinct_names: number;
};

export function takePageSet(set: WorkingSet, row: PageSetRow): void {
  const { execution_id, last_page: lastPage, distinct_names: distinct, ...rest } = row;
  set.pageSets.set(execution_id, { ...rest, lastPage, distinct });
}

export const INSERT_PAGES = insertRows('target_pages', {
  execution_id: 'uuid',
  page: 'integer',
  targets: 'text[]',
  body_hash: 'text',
  at: 'timestamptz',
});

export function newPageRow({ executionId, page, targets, bodyHash }: NewPage, nowMs: number) {
  return {
    execution_id: executionId,
    page,
    targets,
    body_hash: bodyHash,
    at: timestamp(nowMs),
  };
}

/** The targets of an execution are those on its pages, which are used up. */
export const INSERT_TARGETS_FROM_PAGES = {
  name: 'targets-from-pages',
  text: `insert into targets (execution_id, ordinal, name)
         select $1, row_number() over (order by p.page, t.at), t.name
         from target_pages p cross join lateral unnest(p.targets) with ordinality as t (name, at)
         where p.execution_id = $1`,
};

export const DELETE_USED_PAGES = {
  name: 'used-pages',
  text: 'delete from target_pages where execution_id = $1',
};
