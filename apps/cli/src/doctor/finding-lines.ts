import type { Console } from '../output/console.js';
import { counted } from '../output/counts.js';
import type { Finding } from './finding.js';

const WORDS = { ok: 'ok', trouble: 'TROUBLE', unknown: 'unknown' } as const;
const COLORS = { ok: 'green', trouble: 'red', unknown: 'yellow' } as const;

/** A line for each finding, what to type next below it, and at the end how many are in trouble. Never cut. */
export function findingLines(findings: readonly Finding[], console: Console): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, says, next }) => [
    `${console.paint(WORDS[state].padEnd(7), COLORS[state])}  ${check.padEnd(width)}  ${says}`,
    ...(next === undefined ? [] : [`${' '.repeat(9 + width)}  -> ${next}`]),
  ]);
  return [...lines, '', verdict(findings)];
}

/** Whether nothing is wrong as far as could be seen. */
export function noTrouble(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'trouble');
}

function verdict(findings: readonly Finding[]): string {
  const of = (wanted: Finding['state']): number =>
    findings.filter(({ state }) => state === wanted).length;
  if (of('ok') === findings.length) return `all fine: ${counted(findings.length, 'check')}`;
  const parts = [`${of('ok')} fine`, `${of('trouble')} in trouble`];
  if (of('unknown') > 0) parts.push(`${of('unknown')} not known`);
  return `${counted(findings.length, 'check')}: ${parts.join(', ')}`;
}
