/** What a broker user may name, as RabbitMQ's permissions have it: a regular expression. */
export type NamePattern = string;

/** Matches no name. RabbitMQ takes an empty pattern for the same, but then it looks forgotten. */
export const NOTHING: NamePattern = '^$';

/** Matches exactly these names. */
export function exactly(names: Iterable<string>): NamePattern {
  return anyOf([...names].map(literally));
}

/** Matches what one of these patterns matches from its first to its last character. */
export function anyOf(patterns: readonly NamePattern[]): NamePattern {
  const different = [...new Set(patterns)];
  return different.length === 0 ? NOTHING : `^(${different.join('|')})$`;
}

/** A name as a pattern. */
export function literally(name: string): NamePattern {
  return name.replaceAll(/[.*+?^${}()|[\]\\#]/g, (special) => `\\${special}`);
}

/** Every name that begins so, and goes on. */
export function below(prefix: string): NamePattern {
  return `${literally(prefix)}.+`;
}
