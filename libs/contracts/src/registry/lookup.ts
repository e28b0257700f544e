import { InvalidMessageError } from '../errors/invalid-message-error.js';
import type { Contract } from '../fields/field.js';
import type { MessageDefinition } from './definition.js';
import { MESSAGES } from './messages.js';

const byType = new Map(MESSAGES.map((definition) => [definition.type, definition]));
const byContract = new Map<Contract, MessageDefinition>(
  MESSAGES.map((definition) => [definition.contract, definition]),
);

/**
 * The definition of a message, by its class or its type. Throws InvalidMessageError `unknown-type` for a type that does not
 * exist, and a TypeError for a class that is no message: that is a defect, not input.
 */
export function definitionOf<T extends object>(contract: Contract<T>): MessageDefinition<T>;
export function definitionOf(type: string): MessageDefinition;
export function definitionOf(contractOrType: Contract | string): MessageDefinition {
  if (typeof contractOrType === 'string') {
    const definition = byType.get(contractOrType);
    if (definition) return definition;
    throw new InvalidMessageError(
      'unknown-type',
      `there is no message of type ${JSON.stringify(contractOrType.slice(0, 100))}`,
    );
  }
  const definition = byContract.get(contractOrType);
  if (definition) return definition;
  throw new TypeError(`${contractOrType.name} is not a message of the registry`);
}
