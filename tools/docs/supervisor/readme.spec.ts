import { describe, expect, it } from '@jest/globals';
import { withExamples } from './readme.ts';

const example = (name: string, text: string) => ({ name, text, output: [] });
const place = (name: string) => `Before.\n\n<!-- example: ${name} -->\n\nAfter.\n`;

describe('withExamples', () => {
  it('puts every example in its place, and finds it there again', () => {
    const shown = withExamples(place('a.ts'), [example('a.ts', 'one();\n')]);
    expect(shown).toBe('Before.\n\n<!-- example: a.ts -->\n\n```ts\none();\n```\n\nAfter.\n');
    const changed = withExamples(shown, [example('a.ts', 'two();\n')]);
    expect(changed).toBe(shown.replace('one', 'two'));
  });

  it('refuses an example without a place, and a place without an example', () => {
    const readme = place('a.ts');
    expect(() => withExamples(readme, [])).toThrow('shows a.ts; there are none');
    expect(() => withExamples('', [example('a.ts', '')])).toThrow('shows none; there are a.ts');
  });

  it('refuses a second place of the same example', () => {
    const readme = place('a.ts') + place('a.ts');
    expect(() => withExamples(readme, [example('a.ts', '')])).toThrow('shows a.ts, a.ts;');
  });
});
