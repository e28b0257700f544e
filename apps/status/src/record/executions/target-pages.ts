import type { TargetPages } from '#contracts';
import type { Refusal } from '../commands/answer.js';

/** More targets than that are not one execution: they would be inserted in one transaction. */
export const MAX_TARGETS = 1_000_000;

/** A page of targets that was sent before its `task.run`. */
export interface NewPage {
  readonly executionId: string;
  /** From 1. */
  readonly page: number;
  readonly targets: readonly string[];
  readonly bodyHash: string;
}

/** All pages of an execution that have arrived, summed up. */
export interface PageSet {
  readonly pages: number;
  /** The largest page number. */
  readonly lastPage: number;
  readonly count: number;
  readonly distinct: number;
  /** Over all targets in order, as the command says it. */
  readonly sha256: string;
}

/** Why the pages are not what the command says; `undefined` when they are. */
export function pagesRefusal(said: TargetPages, arrived: PageSet | undefined): Refusal | undefined {
  if (said.count > MAX_TARGETS) {
    return {
      code: 'too-large',
      reason: `${said.count} targets are more than the ${MAX_TARGETS} that an execution may have: make several of it`,
    };
  }
  const { pages, lastPage, count, distinct, sha256 } = arrived ?? NOTHING_ARRIVED;
  if (pages !== said.pages || lastPage !== said.pages || count !== said.count) {
    return {
      code: 'targets-missing',
      reason: `the command says ${said.pages} pages with ${said.count} targets, but ${pages} with ${count} have arrived: publish task.run when every page is confirmed`,
    };
  }
  if (sha256 !== said.sha256) {
    return {
      code: 'targets-missing',
      reason: `the SHA-256 over the targets is ${sha256}, but the command says ${said.sha256}`,
    };
  }
  if (distinct === count) return undefined;
  return {
    code: 'contract-violated',
    reason: `${count - distinct} of the ${count} targets on the pages stand there twice`,
  };
}

const NOTHING_ARRIVED: PageSet = { pages: 0, lastPage: 0, count: 0, distinct: 0, sha256: '' };
