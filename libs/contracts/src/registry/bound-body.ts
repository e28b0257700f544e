import { bind } from '../checking/bind.js';
import { Findings } from '../checking/findings.js';
import type { MessageDefinition } from './definition.js';

/** A value as an instance of its contract, complete. Throws InvalidMessageError with every problem found, at most 20. */
export function boundBody<T extends object>(
  {
    type,
    contract,
    unknownFields,
  }: Pick<MessageDefinition<T>, 'type' | 'contract' | 'unknownFields'>,
  value: unknown,
): T {
  const findings = new Findings();
  const body = bind(contract, value, unknownFields, findings);
  findings.throwIfAny(type);
  return body;
}
