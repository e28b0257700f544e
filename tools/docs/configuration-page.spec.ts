import { describe, expect, it } from '@jest/globals';
import type { SettingDescription } from '#runtime';
import { configurationPage } from './configuration-page.ts';

const setting = (given: Partial<SettingDescription>): SettingDescription => ({
  name: 'NAME',
  means: 'Something.',
  type: 'string',
  default: undefined,
  required: false,
  allowed: 'a text',
  declaredBy: 'OwnSettings',
  ...given,
});

const port = setting({
  name: 'ADMIN_PORT',
  type: 'number',
  default: 0,
  allowed: 'a whole number',
  declaredBy: 'ServiceSettings',
});

describe('configurationPage', () => {
  it('lists common settings once, then those of each service and the defaults that differ', () => {
    const page = configurationPage([
      { service: 'status', settings: [port] },
      {
        service: 'indexer',
        settings: [
          { ...port, default: 7003 },
          setting({ name: 'URL', required: true, example: 'http://u:p@h', secret: 'url' }),
          setting({ name: 'BATCH', default: 5, allowed: 'a number', unit: 'documents' }),
          setting({ name: 'KINDS', default: ['a', 'b'], means: 'Either a|b.' }),
        ],
      },
    ]);
    expect(page.slice(page.indexOf('## Every')).split('\n')).toEqual([
      '## Every service',
      '',
      '| variable | default | must be | what it is for |',
      '| --- | --- | --- | --- |',
      '| `ADMIN_PORT` | see each service | a whole number | Something. |',
      '',
      '## status',
      '',
      'No settings of its own.',
      '',
      'Here the default of `ADMIN_PORT` is `0`.',
      '',
      '## indexer',
      '',
      '| variable | default | must be | what it is for |',
      '| --- | --- | --- | --- |',
      '| `URL` | **required** | a text, such as `http://u:p@h`; *secret* | Something. |',
      '| `BATCH` | `5` | a number (documents) | Something. |',
      '| `KINDS` | `a,b` | a text | Either a\\|b. |',
      '',
      'Here the default of `ADMIN_PORT` is `7003`.',
      '',
    ]);
  });
});
