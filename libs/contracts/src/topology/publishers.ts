import type { MessageDefinition } from '../registry/definition.js';
import { SERVICES, type ServiceName } from './names.js';

/** Who may publish: a service, or people and their programs. */
export type Publisher = ServiceName | 'people';

const WORDS: Readonly<Record<string, readonly Publisher[]>> = {
  people: ['people'],
  'all services': SERVICES,
  'the active status': ['status'],
  'every status that consumes': ['status'],
  ...Object.fromEntries(SERVICES.map((service) => [service, [service]])),
};

/**
 * Who publishes a message, from the words of the registry. Throws for a word that it does not know: nobody may become a publisher,
 * or cease to be one, by a change of wording.
 */
export function publishersOf({ type, from }: MessageDefinition): readonly Publisher[] {
  return from.split(', ').flatMap((word) => {
    const publishers = WORDS[word];
    if (publishers) return publishers;
    throw new TypeError(`${type}: "${word}" is nobody who publishes; publishers.ts knows who is`);
  });
}
