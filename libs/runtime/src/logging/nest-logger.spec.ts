import { describe, expect, it } from '@jest/globals';
import { ProcessIdentity } from '../service/process-identity.js';
import { createLogger } from './create-logger.js';
import { NestLogger } from './nest-logger.js';

function logged(write: (log: NestLogger) => void): object {
  let line = '';
  const log = createLogger({
    identity: new ProcessIdentity('status', 'p1', '0'),
    level: 'trace',
    format: 'json',
    output: { write: (text: string) => void (line += text) },
  });
  write(new NestLogger(log));
  return JSON.parse(line) as object;
}

describe('NestLogger', () => {
  it('says which part of Nest speaks', () => {
    expect(logged((nest) => nest.warn('odd route', 'RoutesResolver'))).toMatchObject({
      level: 'warn',
      service: 'status',
      nest: 'RoutesResolver',
      msg: 'odd route',
    });
  });

  it('takes what Nest calls a log for debug, and its debug lines for trace', () => {
    expect(logged((nest) => nest.log('mapped', 'RouterExplorer'))).toMatchObject({
      level: 'debug',
    });
    expect(logged((nest) => nest.verbose('more'))).toMatchObject({ level: 'trace', msg: 'more' });
  });

  it('keeps an error, or the stack that comes instead of it', () => {
    expect(logged((nest) => nest.error(new Error('no'), 'ExceptionsHandler'))).toMatchObject({
      level: 'error',
      err: { message: 'no', stack: expect.any(String) },
      nest: 'ExceptionsHandler',
      msg: 'no',
    });
    expect(logged((nest) => nest.error('no', 'Error: no\n at x', 'Injector'))).toMatchObject({
      stack: 'Error: no\n at x',
      nest: 'Injector',
      msg: 'no',
    });
  });
});
