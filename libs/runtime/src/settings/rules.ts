import { accessSync, constants } from 'node:fs';
import { buildMessage, ValidateBy } from 'class-validator';

/** The setting is a URL of one of these schemes (`amqp`, `https`…), with a host. */
export function IsUrlOf(...schemes: readonly string[]): PropertyDecorator {
  const list = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return ValidateBy({
    name: 'isUrlOf',
    constraints: [schemes],
    validator: {
      validate: (value: unknown) => isUrlOf(value, schemes),
      defaultMessage: buildMessage(() => `$property must be a URL that begins with ${list}`),
    },
  });
}

function isUrlOf(value: unknown, schemes: readonly string[]): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, host } = new URL(value);
  return host !== '' && schemes.includes(protocol.slice(0, -1));
}

/** The setting is the path of a file that this process may read. */
export function IsReadableFile(): PropertyDecorator {
  return ValidateBy({
    name: 'isReadableFile',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isReadable(value),
      defaultMessage: buildMessage(
        () => '$property must be the path of a file that the service may read',
      ),
    },
  });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
