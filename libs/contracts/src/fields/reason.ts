import { IsText } from './scalars.js';

/** The most characters of a text that says, for people, what went wrong. */
export const MAX_REASON_LENGTH = 8_000;

/** Why something is as it is, for people. */
export function IsReason(): PropertyDecorator {
  return IsText(MAX_REASON_LENGTH);
}

/** Any text, cut so that it fits a field such as `reason` or `message`. A text that fits is returned as it is. */
export function asReason(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH - 1)}…`;
}
