import { buildMessage, ValidateBy } from 'class-validator';
import { AllowedTargets } from './allowed-targets.js';

/** The setting lists what AllowedTargets takes. */
export function AreTargetEntries(): PropertyDecorator {
  return ValidateBy({
    name: 'areTargetEntries',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && areEntries(value as string[]),
      defaultMessage: buildMessage(
        () =>
          '$property must list host patterns such as *.example.net and networks such as 10.0.0.0/8',
      ),
    },
  });
}

function areEntries(entries: readonly string[]): boolean {
  try {
    void new AllowedTargets(entries);
    return true;
  } catch {
    return false;
  }
}
