import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IsIn, IsInt, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import { describeSettings } from './describe-settings.js';
import { loadSettings } from './load-settings.js';
import { IsUrlOf } from './rules.js';
import { secretValues } from './secret-values.js';
import { ServiceSettings } from './service.env.js';
import { Setting } from './setting.decorator.js';
import { SettingsError } from './settings-error.js';

class StoreSettings extends ServiceSettings {
  @Setting({ means: 'Where the store is.', secret: 'url' })
  @IsUrlOf('http', 'https')
  readonly STORE_URL!: string;

  @Setting({ means: 'Key of the store.', secret: true })
  @IsOptional()
  @Matches(/^[a-z]+$/)
  readonly STORE_KEY?: string;

  @Setting({ means: 'Most documents in a request.', unit: 'documents' })
  @IsInt()
  @Min(1)
  @Max(10)
  readonly BATCH: number = 5;

  @Setting({ means: 'Share of them.' })
  readonly SHARE: number = 0.5;

  @Setting({ means: 'Whether to compress.' })
  readonly COMPRESS: boolean = false;

  @Setting({ means: 'What to keep.' })
  @IsIn(['lines', 'events'], { each: true })
  readonly KINDS: readonly string[] = ['lines'];

  @Setting({ means: 'Needed for compression.' })
  @ValidateIf((settings: StoreSettings) => settings.COMPRESS)
  @IsIn(['fast', 'small'])
  readonly COMPRESSION?: 'fast' | 'small';

  override readonly ADMIN_PORT: number = 7003;
}

const VALID = { AMQP_URL: 'amqp://127.0.0.1', STORE_URL: 'http://store:9200' };

function problemsOf(environment: Record<string, string>): SettingsError['problems'] {
  try {
    loadSettings(StoreSettings, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadSettings', () => {
  it('takes the defaults of the class, its base, and a redeclared default', () => {
    const settings = loadSettings(StoreSettings, VALID);
    expect(settings).toBeInstanceOf(StoreSettings);
    expect(settings).toMatchObject({
      ...VALID,
      BATCH: 5,
      KINDS: ['lines'],
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: 7003,
      LOG_LEVEL: 'info',
      DRAIN_TIMEOUT_MS: 25_000,
    });
    expect(settings.STORE_KEY).toBeUndefined();
  });

  it('converts numbers, booleans and lists', () => {
    const settings = loadSettings(StoreSettings, {
      ...VALID,
      BATCH: '7',
      SHARE: '0.25',
      COMPRESS: 'true',
      COMPRESSION: 'small',
      KINDS: 'lines, events,',
    });
    expect(settings).toMatchObject({
      BATCH: 7,
      SHARE: 0.25,
      COMPRESS: true,
      KINDS: ['lines', 'events'],
    });
  });

  it('freezes the result', () => {
    expect(Object.isFrozen(loadSettings(StoreSettings, VALID))).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadSettings(StoreSettings, { ...VALID, BATCH: '' }).BATCH).toBe(5);
    expect(problemsOf({ ...VALID, AMQP_URL: '' })).toMatchObject([
      { name: 'AMQP_URL', problem: 'is not set' },
    ]);
  });

  it('reports every problem at once, with what is allowed and what it is for', () => {
    const problems = problemsOf({
      STORE_URL: 'store:9200',
      BATCH: '50',
      SHARE: 'half',
      COMPRESS: 'yes',
      KINDS: 'lines,pages',
      ADMIN_PORT: '80a',
      LOG_LEVEL: 'loud',
    });
    expect(problems.map(({ name, problem }) => `${name} ${problem}`)).toEqual([
      'AMQP_URL is not set',
      'ADMIN_PORT is "80a"',
      'LOG_LEVEL is "loud"',
      'STORE_URL is "store:9200"',
      'BATCH is "50"',
      'SHARE is "half"',
      'COMPRESS is "yes"',
      'KINDS is "lines,pages"',
    ]);
    const error = new SettingsError(problems);
    expect(error.message.split('\n')).toEqual([
      '8 settings are wrong in the environment:',
      expect.stringMatching(
        /^ {2}AMQP_URL is not set: must be a URL that begins with amqp:\/\/ or amqps:\/\/, such as amqp:\/\/user/,
      ),
      expect.stringContaining('must be a whole number from 0 to 65535. Port of the admin server'),
      expect.stringContaining('must be one of: trace, debug, info, warn, error, fatal.'),
      expect.stringContaining('must be a URL that begins with http:// or https://. Where the'),
      '  BATCH is "50": must be a whole number from 1 to 10 (documents). Most documents in a request.',
      '  SHARE is "half": must be a number. Share of them.',
      '  COMPRESS is "yes": must be true or false. Whether to compress.',
      '  KINDS is "lines,pages": must be a comma-separated list of: lines, events. What to keep.',
    ]);
  });

  it('asks for what another setting makes necessary', () => {
    expect(problemsOf({ ...VALID, COMPRESS: 'true' })).toMatchObject([
      { name: 'COMPRESSION', problem: 'is not set' },
    ]);
    expect(problemsOf({ ...VALID, AMQP_CERT_FILE: import.meta.filename })).toMatchObject([
      { name: 'AMQP_KEY_FILE', problem: 'is not set' },
    ]);
  });

  it('shows neither a secret nor the password of a URL', () => {
    const problems = problemsOf({
      ...VALID,
      STORE_KEY: 'SESAME-1',
      STORE_URL: 'ftp://reader:SESAME-2@store',
    });
    expect(problems).toMatchObject([
      { name: 'STORE_URL', problem: 'is "ftp://reader:***@store"' },
      { name: 'STORE_KEY', problem: 'is ***' },
    ]);
    expect(JSON.stringify(problems)).not.toContain('SESAME');
  });
});

describe('a secret from a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-settings-'));
    writeFileSync(join(folder, 'amqp-url'), 'amqp://me:pw@rabbitmq\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read without its trailing line break', () => {
    const { AMQP_URL: _, ...rest } = VALID;
    const settings = loadSettings(StoreSettings, {
      ...rest,
      AMQP_URL_FILE: join(folder, 'amqp-url'),
    });
    expect(settings.AMQP_URL).toBe('amqp://me:pw@rabbitmq');
  });

  it('may not be given twice, nor be missing', () => {
    expect(problemsOf({ ...VALID, AMQP_URL_FILE: join(folder, 'amqp-url') })).toMatchObject([
      { name: 'AMQP_URL', problem: 'is set twice, by itself and by AMQP_URL_FILE' },
    ]);
    expect(problemsOf({ ...VALID, STORE_KEY_FILE: join(folder, 'none') })).toMatchObject([
      {
        name: 'STORE_KEY',
        problem: expect.stringContaining('cannot be read from STORE_KEY_FILE (ENOENT'),
      },
    ]);
  });
});

describe('describeSettings', () => {
  it('says all there is to know about a setting', () => {
    const batch = describeSettings(StoreSettings).find(({ name }) => name === 'BATCH');
    expect(batch).toEqual({
      name: 'BATCH',
      means: 'Most documents in a request.',
      unit: 'documents',
      type: 'number',
      default: 5,
      required: false,
      allowed: 'a whole number from 1 to 10',
      declaredBy: 'StoreSettings',
    });
  });

  it('lets a rule that it does not know speak for itself', () => {
    const allowed = new Map(
      describeSettings(StoreSettings).map((setting) => [setting.name, setting.allowed]),
    );
    expect(allowed.get('STORE_KEY')).toBe('a value that must match /^[a-z]+$/ regular expression');
    expect(allowed.get('AMQP_CA_FILE')).toBe('the path of a file that the service may read');
  });

  it('says where a setting comes from, base class first', () => {
    const described = describeSettings(StoreSettings);
    expect(described[0]).toMatchObject({
      name: 'AMQP_URL',
      required: true,
      declaredBy: 'ServiceSettings',
    });
    expect(described.find(({ name }) => name === 'ADMIN_PORT')?.default).toBe(7003);
  });

  it('refuses a field whose type cannot be told', () => {
    class Vague {
      @Setting({ means: 'Anything.' })
      readonly VAGUE: unknown;
    }
    expect(() => describeSettings(Vague)).toThrow(
      /Vague\.VAGUE cannot be told: declare it as string, number, boolean or string\[\]/,
    );
  });
});

describe('secretValues', () => {
  it('lists secrets and decoded passwords of URLs', () => {
    const settings = loadSettings(StoreSettings, {
      AMQP_URL: 'amqp://me:p%40ss@rabbitmq',
      STORE_URL: VALID.STORE_URL,
      STORE_KEY: 'sesame',
    });
    expect(secretValues(settings)).toEqual(['p@ss', 'sesame']);
  });
});
