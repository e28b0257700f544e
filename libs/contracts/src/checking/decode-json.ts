import { InvalidMessageError } from '../errors/invalid-message-error.js';
import { nestsTooDeep } from './depth.js';
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from './limits.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON value of a body. Throws `too-large`, `too-deep` or `not-json`; `what` names the body in the message. */
export function decodeJson(bytes: Uint8Array, what: string): unknown {
  refuseTooLarge(bytes, what);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new InvalidMessageError('not-json', `${what} is not valid UTF-8`, { cause });
  }
  if (nestsTooDeep(text)) {
    throw new InvalidMessageError('too-deep', `${what} nests more than ${MAX_DEPTH} deep`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidMessageError('not-json', `${what} is not valid JSON: ${String(cause)}`, {
      cause,
    });
  }
}

/** Throws `too-large` for a body over 512 KiB. */
export function refuseTooLarge(bytes: Uint8Array, what: string): void {
  if (bytes.byteLength <= MAX_MESSAGE_BYTES) return;
  throw new InvalidMessageError(
    'too-large',
    `${what} has ${bytes.byteLength} bytes; a message has at most ${MAX_MESSAGE_BYTES}`,
  );
}
