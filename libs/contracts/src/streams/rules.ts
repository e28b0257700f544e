import { isPlainObject } from '../fields/collections.js';
import { IsPattern, hasLength } from '../fields/scalars.js';
import { rule } from '../fields/rule.js';

const MAX_URL_LENGTH = 8_192;
const SECRET_NAME = /^secret:[A-Za-z0-9_.-]{1,128}$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

/** An http or https URL without user and password. */
export function IsHttpUrl(): PropertyDecorator {
  return rule({
    name: 'isHttpUrl',
    validate: (value) => isHttpUrl(value),
    expects: 'must be an http or https URL without user and password',
    // What the WHATWG's URL parser takes is more than a `uri` of RFC 3986.
    schema: { type: 'string', format: 'http-url', maxLength: MAX_URL_LENGTH },
  });
}

/** The name of a secret: `secret:<name>`. */
export function IsSecretName(): PropertyDecorator {
  return IsPattern(
    'isSecretName',
    SECRET_NAME,
    'must be the name of a secret, such as secret:edge-token',
  );
}

/** Header names to names of secrets. */
export function IsSecretMap(maxEntries: number): PropertyDecorator {
  return rule({
    name: 'isSecretMap',
    validate: (value) =>
      isPlainObject(value) &&
      Object.keys(value).length <= maxEntries &&
      Object.entries(value).every(
        ([name, secret]) =>
          HEADER_NAME.test(name) && typeof secret === 'string' && SECRET_NAME.test(secret),
      ),
    expects: `must be an object of at most ${maxEntries} headers, each with the name of a secret`,
    schema: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: SECRET_NAME.source },
      propertyNames: { pattern: HEADER_NAME.source },
      maxProperties: maxEntries,
    },
  });
}

function isHttpUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !hasLength(value, 0, MAX_URL_LENGTH) || !URL.canParse(value)) {
    return false;
  }
  const { protocol, username, password } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
