import type { Example } from './examples.ts';

const PLACE = /(<!-- example: (?<name>\S+) -->\n)(?:\n```ts\n[^]*?\n```\n)?/g;

/**
 * A README with the texts of the examples as they are now: each stands after its comment
 * `<!-- example: its-file.ts -->`. Throws when an example has no such comment, or more than one, or
 * a comment names none.
 */
export function withExamples(readme: string, examples: readonly Example[]): string {
  const named = [...readme.matchAll(PLACE)].map(({ groups }) => groups!['name']!).sort();
  const names = examples.map(({ name }) => name).sort();
  if (named.join() !== names.join()) {
    throw new Error(`the README shows ${list(named)}; there are ${list(names)}`);
  }
  const texts = new Map(examples.map(({ name, text }) => [name, text]));
  return readme.replaceAll(
    PLACE,
    (_, comment: string, name: string) => `${comment}\n\`\`\`ts\n${texts.get(name)}\`\`\`\n`,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
