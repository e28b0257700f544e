import { InvalidMessageError, type Violation } from '../errors/invalid-message-error.js';

/** How many problems of one message are told. */
const MAX_VIOLATIONS = 20;

const MAX_SHOWN_CHARACTERS = 60;

/** Collects the problems of one body, up to twenty. */
export class Findings {
  private readonly violations: Violation[] = [];

  /** Notes a problem; when full, does nothing. */
  add(path: string, problem: string): void {
    if (!this.full) this.violations.push({ path, problem });
  }

  /** True when looking further changes nothing but the time it takes. */
  get full(): boolean {
    return this.violations.length >= MAX_VIOLATIONS;
  }

  /** Throws all that was found as one error; returns when nothing was. */
  throwIfAny(what: string): void {
    if (this.violations.length === 0) return;
    const problems = this.violations.map(({ path, problem }) =>
      path === '' ? problem : `${path}: ${problem}`,
    );
    if (this.full) problems.push('and perhaps more');
    throw new InvalidMessageError(
      'contract-violated',
      `${what} is not valid: ${problems.join('; ')}`,
      {
        violations: this.violations,
      },
    );
  }
}

/** A value in a few characters, for messages. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  return String(value);
}

/** A text in a few characters. */
export function shortened(text: string): string {
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}
