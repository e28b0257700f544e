/**
 * Gives each distinct part of a state a number. A state is then a row of small numbers: cheap to copy, to compare and to hash.
 * Parts are plain JSON, built with their keys in the same order.
 */
export class Interner {
  private readonly ids = new Map<string, number>();
  private readonly texts: string[] = [];
  private readonly values: unknown[] = [];

  idOf(value: unknown): number {
    return this.idOfText(JSON.stringify(value));
  }

  idOfText(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.ids.set(text, id);
    this.texts.push(text);
    this.values.push(undefined);
    return id;
  }

  text(id: number): string {
    return this.texts[id] as string;
  }

  /** The part itself, shared: not to be changed. */
  value(id: number): unknown {
    return (this.values[id] ??= JSON.parse(this.text(id)));
  }

  /** A copy of the part, to be changed. */
  draft(id: number): unknown {
    return JSON.parse(this.text(id));
  }

  get size(): number {
    return this.texts.length;
  }
}
