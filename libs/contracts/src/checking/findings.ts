import { InvalidMessageError, type Violation } from '../errors/invalid-message-error.js';

/** How many problems of one message are told. */
const MAX_VIOLATIONS = 20;

const MAX_SHOWN_CHARACTERS = 60;

/** Collects the problems of one body, up to twenty, each with the path to where the reader stands. */
export class Findings {
  private readonly violations: Violation[] = [];
  private readonly steps: (string | number)[] = [];

  /** Goes into a field, or an element of a list. */
  enter(step: string | number): void {
    this.steps.push(step);
  }

  /** Goes back to where it came from. */
  leave(): void {
    this.steps.pop();
  }

  /** Notes a problem of what was entered; when full, does nothing. */
  add(problem: string): void {
    if (!this.full) this.violations.push({ path: pathOf(this.steps), problem });
  }

  /** Notes a problem of a field of it. */
  addAt(field: string, problem: string): void {
    this.enter(field);
    this.add(problem);
    this.leave();
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

function pathOf(steps: readonly (string | number)[]): string {
  let path = '';
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += path === '' ? step : `.${step}`;
  }
  return path;
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
