import { ListTargets, ListTargetsAnswered, type TargetDetails, type TargetItem } from '#contracts';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import type { Console } from './console.js';
import { duration } from './time.js';

/** The targets of an execution, page by page. */
export async function* targetsOf(
  session: Session,
  executionId: string,
  state?: ListTargets['state'],
): AsyncGenerator<readonly TargetItem[], void> {
  const pages = pagesOf(session, ListTargets, { executionId, state }, ListTargetsAnswered);
  for await (const { items } of pages) yield items;
}

/** The first hundred targets of an execution in a state. */
export async function firstTargetsOf(
  session: Session,
  executionId: string,
  state: ListTargets['state'],
): Promise<readonly TargetItem[]> {
  const { value } = await targetsOf(session, executionId, state).next();
  return value ?? [];
}

/** The most lines of a target's output that are shown below it. */
const OUTPUT_LINES = 5;

/** For each target how it ended, why, how long it took, and the last lines of what it said. */
export function targetLines(
  items: readonly (TargetDetails & { readonly state: string })[],
  console: Console,
): string[] {
  return items.flatMap((item) => [targetLine(item, console), ...outputLines(item, console)]);
}

function outputLines({ output }: TargetDetails, console: Console): string[] {
  const lines = (output?.tail ?? '').trimEnd().split('\n').slice(-OUTPUT_LINES);
  return lines.filter((line) => line !== '').map((line) => console.paint(`    | ${line}`, 'dim'));
}

/** `failed      web-03  exit-code: exited with 7  (412 ms)` */
export function targetLine(
  item: TargetDetails & { readonly state: string },
  console: Console,
): string {
  const { target, state, code, message, startedAt, endedAt } = item;
  const why = [code, message].filter((part) => part !== undefined && part !== '').join(': ');
  const took =
    startedAt === undefined || endedAt === undefined ? '' : `  (${duration(endedAt - startedAt)})`;
  const color = state === 'succeeded' ? 'green' : state === 'started' ? 'dim' : 'red';
  return `${console.paint(state.padEnd(10), color)}  ${target}${why === '' ? '' : `  ${why}`}${took}`;
}
