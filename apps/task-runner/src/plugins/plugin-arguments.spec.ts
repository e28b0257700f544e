import { describe, expect, it } from '@jest/globals';
import { AllowedHosts } from '#runtime';
import { checkedResult } from './checked-result.js';
import { HttpArguments } from './http/http.arguments.js';
import { HttpPlugin } from './http/http.plugin.js';
import type { PluginResult } from './plugin.js';
import { checkArguments, InvalidArgumentsError } from './plugin-arguments.js';
import { Plugins, UnknownPluginError } from './plugins.js';

const http = new HttpPlugin(new AllowedHosts('TARGETS_ALLOWED', []));

describe('the arguments of a command', () => {
  it('become an instance of the plugin’s class, defaults filled in', async () => {
    const args = await checkArguments(http, { url: 'http://{target}/health' });
    expect(args).toBeInstanceOf(HttpArguments);
    expect(args).toMatchObject({ method: 'GET', headers: {}, maxBodyBytes: 1_048_576 });
  });

  it('are refused with every problem, unknown fields among them', async () => {
    const refused = checkArguments(http, { url: 'ftp://x', method: 'BREW', expectedStatus: 200 });
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentsError);
    await expect(refused).rejects.toMatchObject({ code: 'invalid-args', retryable: false });
    await expect(refused).rejects.toThrow('url must begin with http');
    await expect(refused).rejects.toThrow('method must be one of');
    await expect(refused).rejects.toThrow('expectedStatus should not exist');
  });

  it('take no header that would smuggle another', async () => {
    const headers = { 'x-a': 'b\r\nx-c: d' };
    await expect(checkArguments(http, { url: 'http://{target}/', headers })).rejects.toThrow(
      'headers',
    );
  });
});

describe('the plugins', () => {
  it('are those that the settings name', () => {
    const plugins = new Plugins([http], ['http']);
    expect(plugins.get('http')).toBe(http);
    expect(() => plugins.get('exec')).toThrow(UnknownPluginError);
    expect(() => new Plugins([http], []).get('http')).toThrow('it offers: none');
    expect(() => new Plugins([http], ['sssh'])).toThrow('sssh');
  });

  it('declare their arguments as JSON Schema', () => {
    const [declaration] = new Plugins([http], ['http']).declarations();
    expect(declaration).toMatchObject({
      name: 'http',
      idempotent: true,
      timeoutMs: 30_000,
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['url'],
        properties: {
          method: { enum: expect.arrayContaining(['GET']), default: 'GET' },
          headers: { type: 'object', additionalProperties: { type: 'string' }, default: {} },
        },
      },
    });
  });
});

describe('what a plugin returns', () => {
  it('loses facts that no record takes', () => {
    const returned: PluginResult = { state: 'succeeded', exitCode: -1, httpStatus: 200 };
    expect(checkedResult('mine', returned)).toEqual({ state: 'succeeded', httpStatus: 200 });
    const failed: PluginResult = { state: 'failed', code: 'Bad Code', message: 'a\0b' };
    expect(checkedResult('mine', failed)).toEqual({
      state: 'failed',
      code: 'plugin-failed',
      message: 'a\uFFFDb',
      retryable: true,
    });
  });

  it.each([undefined, {}, { state: 'fine' }])('is refused when it is no result: %j', (returned) => {
    expect(() => checkedResult('mine', returned as PluginResult)).toThrow(
      'mine returned no result',
    );
  });
});
