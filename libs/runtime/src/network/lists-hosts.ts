import { buildMessage, ValidateBy } from 'class-validator';
import { AllowedHosts } from './allowed-hosts.js';

/** The setting lists what `AllowedHosts` takes. */
export function ListsHosts(): PropertyDecorator {
  return ValidateBy({
    name: 'listsHosts',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && areHosts(value as string[]),
      defaultMessage: buildMessage(
        () =>
          '$property must list host patterns such as *.example.net and networks such as 10.0.0.0/8',
      ),
    },
  });
}

function areHosts(entries: readonly string[]): boolean {
  try {
    void new AllowedHosts('', entries);
    return true;
  } catch {
    return false;
  }
}
