import { checkMessage, type Contract } from '#contracts';

/** The parameters of a URL. */
export type QueryString = Readonly<Record<string, unknown>>;

const NUMBERS = new Set(['limit', 'since', 'until']);

/**
 * The question that a URL asks, checked as if it had come over the broker: unknown parameters are refused, defaults filled in. Numbers
 * are read from their digits. Throws InvalidMessageError.
 */
export function questionOf<T extends object>(contract: Contract<T>, parameters: QueryString): T {
  const fields = Object.entries(parameters).map(([name, value]) => [
    name,
    NUMBERS.has(name) && typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  ]);
  return checkMessage(contract, Object.fromEntries(fields));
}
