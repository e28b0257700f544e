import { describe, expect, it } from '@jest/globals';
import type { LocalMesh } from '../broker/local-mesh.js';
import { Hints } from './hints.js';

const mesh: LocalMesh = {
  file: '/srv/mesh/.signalbox/mesh.json',
  launcherPid: 41,
  amqpUrl: 'amqp://u:secret@127.0.0.1:1/signalbox',
  managementUrl: 'http://a:secret@127.0.0.1:2',
  searchUrl: 'postgres://u:secret@127.0.0.1:3/search',
  services: [{ name: 'status', pid: 42, adminUrl: 'http://127.0.0.1:7' }],
};
const local = new Hints({ vhost: 'a/b', mesh, workingDirectory: '/srv/mesh' });
const binding = ['signalbox.events', 'status.record', 'a%23'] as const;
const elsewhere = new Hints({ vhost: 'a/b', mesh: undefined, workingDirectory: '/' });

describe('what to type next', () => {
  it('is whole for a mesh that npm start runs here', () => {
    expect(local.start('status')).toMatch(/^tail -n 30 \.signalbox\/logs\/status\.log /);
    expect(local.start('status')).toMatch(/; if it hangs: kill -9 42\)$/);
    expect(local.restart('status')).toBe('kill 42');
    expect(local.readiness('status', 'x')).toMatch(
      /^curl -m 5 http:\/\/127\.0\.0\.1:7\/health\/ready /,
    );
    expect(local.metrics('status', 'lag', 'x')).toContain('http://127.0.0.1:7/metrics | grep lag ');
    expect(local.settingsOf('app')).toBe(
      `psql "$(jq -r .searchUrl .signalbox/mesh.json)" -c 'show transaction_read_only'`,
    );
    expect(local.database()).toMatch(/^kill 41; npm start /);
    expect(local.broker()).toMatch(/^kill 41; npm start /);
    expect(local.deleteQueue('status.record')).toBe(
      'curl -X DELETE "$(jq -r .managementUrl .signalbox/mesh.json)/api/queues/a%2Fb/status.record"',
    );
  });

  it('has words to fill in elsewhere', () => {
    expect(elsewhere.start('status')).toContain('docker compose up --detach status');
    expect(elsewhere.restart('status')).toContain('docker compose restart status');
    expect(elsewhere.readiness('status', 'x')).toContain('ADMIN_HOST:ADMIN_PORT/health/ready');
    expect(elsewhere.settingsOf('app')).toMatch(/^curl SEARCH_URL\/app\/_settings /);
    expect(elsewhere.database()).toMatch(/^pg_isready /);
    expect(elsewhere.broker()).toContain('rabbitmqctl status');
    expect(elsewhere.deleteQueue('status.record')).toBe(
      'rabbitmqctl delete_queue --vhost a/b status.record',
    );
    expect(elsewhere.deleteBinding(...binding)).toBe(
      'curl -u ADMINISTRATOR -X DELETE http://HOST:15672/api/bindings/a%2Fb/e/signalbox.events/q/status.record/a%2523',
    );
  });

  it('never shows a password', () => {
    const said = [
      local.start('status'),
      local.deleteBinding(...binding),
      local.settingsOf('app'),
      local.broker(),
    ];
    expect(said.join()).not.toContain('secret');
  });
});
