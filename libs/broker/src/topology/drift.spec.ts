import { describe, expect, it } from '@jest/globals';
import { driftIn } from './drift.js';

const said = (what: string): string =>
  `Operation failed: QueueDeclare; 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - ${what}"`;

describe('what the broker says when it refuses a declaration', () => {
  it.each([
    [
      `inequivalent arg 'x-max-length' for queue 'a.b' in vhost '/': received '6' but current is '5'`,
      ['queue', 'a.b', '/', 'x-max-length', '5', '6'],
    ],
    [
      `inequivalent arg 'x-delivery-limit' for queue 'q' in vhost 'v w': received the value '6' of type 'byte' but current is none`,
      ['queue', 'q', 'v w', 'x-delivery-limit', 'none', '6'],
    ],
    [
      `inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type 'byte'`,
      ['queue', 'q', '/', 'x-max-length', '5', 'none'],
    ],
    [
      `inequivalent arg 'type' for exchange 'x' in vhost '/': received 'direct' but current is 'topic'`,
      ['exchange', 'x', '/', 'type', 'topic', 'direct'],
    ],
    [
      `cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally declared on another connection`,
      ['queue', 'q', '/', 'exclusive', 'true', 'false'],
    ],
  ])('is read: %s', (text, [kind, name, vhost, property, there, wanted]) => {
    expect(driftIn(said(text))).toEqual({ kind, name, vhost, property, there, wanted });
  });

  it('may be about something else', () => {
    expect(driftIn(said(`invalid arg 'x-max-length' for queue 'q' in vhost '/'`))).toBeUndefined();
    expect(driftIn('Socket closed abruptly')).toBeUndefined();
  });
});
