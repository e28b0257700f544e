import { describe, expect, it } from '@jest/globals';
import { MESSAGES } from '#contracts';
import { messageFiles } from './message-files.ts';
import { anchorOf } from './markdown.ts';
import { staleFiles } from './stale-files.ts';

const files = messageFiles();

describe('what is made from the contracts', () => {
  it('stands in the repository as it would be made now; if not, run `npm run docs`', () => {
    expect(staleFiles(files)).toEqual([]);
  });

  it('is found stale when it changed, is missing, or is left over', () => {
    const [[path, content]] = [...files] as [[string, string]];
    const changed = new Map([...files, [path, `${content}\n`], ['docs/none.md', 'x']]);
    changed.delete('docs/schemas/task.run.schema.json');
    expect(staleFiles(changed)).toEqual([
      path,
      'docs/none.md',
      'docs/schemas/task.run.schema.json',
    ]);
  });

  it.each(MESSAGES)('$type stands on the page, with a link that leads there', ({ type }) => {
    const page = files.get('docs/messages.md');
    expect(page).toContain(`\n### ${type}\n`);
    expect(page).toContain(`[${type}](#${type.replaceAll('.', '')})`);
  });

  it('links only to headings that exist', () => {
    const page = files.get('docs/messages.md') ?? '';
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links.filter((anchor) => !headings.includes(anchor!))).toEqual([]);
    expect(new Set(headings).size).toBe(headings.length);
  });
});
