/** `${NAME}`, `${NAME:-what it is otherwise}` or `${NAME:?why it is needed}`. */
const VARIABLE = /\$\{(?<name>\w+)(?::(?<operator>[-?])(?<word>[^}]*))?\}/g;

/** A variable where compose puts it in. */
export interface Interpolation {
  readonly name: string;
  /** What stands there when it is not set; undefined when compose refuses or leaves nothing. */
  readonly otherwise: string | undefined;
}

/** The variables in a text, in their order. */
export function interpolations(text: string): readonly Interpolation[] {
  return [...text.matchAll(VARIABLE)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    otherwise: groups['operator'] === '-' ? groups['word'] : undefined,
  }));
}

/** `text` as compose makes it from these variables; an empty one counts as not set. */
export function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (...args) => {
    const { name, operator, word } = args.at(-1) as Record<string, string | undefined>;
    return variables[name ?? ''] || (operator === '-' ? (word ?? '') : '');
  });
}

/** `text` without its variables. */
export function literalPart(text: string): string {
  return text.replace(VARIABLE, '');
}
