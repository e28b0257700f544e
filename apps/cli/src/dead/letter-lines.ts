import { ERROR_CODES, isErrorCode } from '#contracts';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import { table } from '../output/table.js';
import { ago, time } from '../output/time.js';
import { bodyLines } from './body-text.js';
import type { Delivery, Letter } from './letter.js';
import { notReplayable } from './replayed-message.js';
import type { LetterGroup } from './summary.js';

/** How many of what died why, since when: a line each, the reason of the newest last. */
export function groupLines(
  groups: readonly LetterGroup[],
  { width, now = Date.now() }: { readonly width?: number; readonly now?: number } = {},
): string[] {
  const rows = groups.map((group) => [
    group.queue,
    group.code,
    group.type,
    String(group.count),
    ago(group.oldestFailedAt, now),
    ago(group.newestFailedAt, now),
    group.exampleReason,
  ]);
  const head = ['QUEUE', 'CODE', 'TYPE', 'LETTERS', 'OLDEST', 'NEWEST', 'FOR EXAMPLE'];
  return table(head, rows.map(cells), width);
}

/** A line for each letter. */
export function letterLines(
  letters: readonly Letter[],
  { width, now = Date.now() }: { readonly width?: number; readonly now?: number } = {},
): string[] {
  const rows = letters.map((letter) => {
    const { id, queue, code, type, failedAt, reason } = letter;
    return [id, queue, code, type, ago(failedAt, now), reason];
  });
  return table(['ID', 'QUEUE', 'CODE', 'TYPE', 'DIED', 'REASON'], rows.map(cells), width);
}

/** Everything about one letter, its body last. */
export function wholeLetterLines(letter: Letter, delivery: Delivery, now = Date.now()): string[] {
  const { id, queue, from, type, code, reason, failedAt, firstFailedAt } = letter;
  const { attempt, requestedBy, bytes } = letter;
  const meaning = isErrorCode(code) ? `: ${ERROR_CODES[code]}` : '';
  const earlier = firstFailedAt !== undefined && firstFailedAt !== failedAt;
  const not = notReplayable(letter);
  return [
    `letter     ${printable(id)} in ${queue}`,
    `message    ${printable(type)}, ${counted(bytes, 'byte')}, from the queue ${printable(from)}`,
    `code       ${printable(code)}${meaning}`,
    `reason     ${printable(reason)}`,
    `died       ${time(failedAt)} (${ago(failedAt, now)}), at attempt ${attempt}`,
    ...(earlier ? [`at first   ${time(firstFailedAt)} (${ago(firstFailedAt, now)})`] : []),
    ...(requestedBy === undefined
      ? []
      : [`asked by   ${printable(requestedBy)} (not verified any more)`]),
    ...(not === undefined ? [] : [`no replay  ${not}`]),
    'headers',
    ...headerLines(delivery),
    'body',
    ...bodyLines(delivery.content).map((line) => `  ${line}`),
  ];
}

function headerLines({ properties }: Delivery): string[] {
  return Object.entries(properties.headers ?? {}).map(([name, value]) => {
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    return `  ${printable(name)}: ${printable(shown)}`;
  });
}

function cells(row: readonly string[]): string[] {
  return row.map((cell) => printable(cell));
}
