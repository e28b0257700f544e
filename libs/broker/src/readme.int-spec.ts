import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SearchDocumentsAnswered } from '#contracts';
import { Brokers, leftIn } from '../testing/brokers.js';
import { indexAndSearch } from '../examples/documents.js';

const ROOT = path.join(import.meta.dirname, '../../..');
const read = (...file: string[]): string => readFileSync(path.join(ROOT, ...file), 'utf8');
const readme = read('libs/broker/README.md');

/** The rows of the table of rules: a file, and the title that is to be found there. */
const rows = [...readme.matchAll(/^\| .+ \| `(.+\.ts)` +\| (.+?) +\|$/gm)].map(
  ([, file = '', title = '']) => [file, title] as const,
);

describe('the README of the broker library', () => {
  it('shows its example as it is', () => {
    expect(readme).toContain(`\`\`\`ts\n${read('libs/broker/examples/documents.ts')}\`\`\``);
  });

  it('has an example that works', async () => {
    await using brokers = await Brokers.fresh();
    const broker = await brokers.open();
    const answers = await indexAndSearch(brokers.url, brokers.log);
    expect(answers).toEqual([
      expect.any(SearchDocumentsAnswered),
      expect.any(SearchDocumentsAnswered),
    ]);
    expect(await leftIn(broker, 'indexer.documents')).toBe(0);
    expect(brokers.log.messages('error')).toEqual([]);
  });

  it('names the test of every rule', () => {
    expect(rows.length).toBeGreaterThan(50);
    const missing = rows.filter(([file, title]) => !titlesIn(file).includes(plain(title)));
    expect(missing).toEqual([]);
  });
});

/** The source of a test, as far as its titles go: without quotes and escapes. */
function titlesIn(file: string): string {
  return plain(read(file));
}

function plain(text: string): string {
  return text.replaceAll(/[\\'"`]/g, '').replaceAll(/\s+/g, ' ');
}
