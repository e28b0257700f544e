import type { ServiceStarted } from '#contracts';
import type { GoneService } from '../../record/changes.js';
import type { LiveRunner, WorkingSet } from '../../record/working-set.js';
import { insertRows, timestamp } from './row-statement.js';

export const SELECT_RUNNERS = {
  name: 'runners',
  text: `select instance_id, jsonb_path_query_array(plugins, '$[*].name') as plugins
         from services where service = 'task-runner' and gone_at is null`,
};

export function takeRunner(
  set: WorkingSet,
  row: { instance_id: string; plugins: LiveRunner['plugins'] },
): void {
  set.runners.set(row.instance_id, { instanceId: row.instance_id, plugins: row.plugins });
}

export const INSERT_SERVICES = insertRows(
  'services',
  {
    instance_id: 'text',
    process_id: 'uuid',
    service: 'text',
    version: 'text',
    plugins: 'jsonb',
    started_at: 'timestamptz',
  },
  'on conflict do nothing',
);

export function serviceRow(one: ServiceStarted, nowMs: number) {
  return {
    instance_id: one.instanceId,
    process_id: one.processId,
    service: one.service,
    version: one.version,
    plugins: one.plugins,
    started_at: timestamp(nowMs),
  };
}

/** An instance is one lease channel: what its process was before is over. */
export const UPDATE_REPLACED_SERVICES = {
  name: 'replaced-services',
  text: `update services s set gone_at = r.started_at, gone_as = 'replaced', gone_reason = 'its process goes on as ' || r.instance_id
         from json_to_recordset($1::json) as r(instance_id text, process_id uuid, started_at timestamptz)
         where s.process_id = r.process_id and s.gone_at is null
           and split_part(s.instance_id, '.', 2)::integer < split_part(r.instance_id, '.', 2)::integer`,
};

export const UPDATE_GONE_SERVICES = {
  name: 'gone-services',
  text: `update services s set gone_at = r.gone_at, gone_as = r.gone_as, gone_reason = r.gone_reason
         from json_to_recordset($1::json) as r(instance_id text, gone_at timestamptz, gone_as text, gone_reason text)
         where s.instance_id = r.instance_id and s.gone_at is null`,
};

export function goneServiceRow({ instanceId, as, reason }: GoneService, nowMs: number) {
  return {
    instance_id: instanceId,
    gone_at: timestamp(nowMs),
    gone_as: as,
    gone_reason: reason,
  };
}
