import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsSlug } from '../fields/names.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsOneOf, IsText, IsTime } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';
import { EXECUTION_STATES, type ExecutionState } from '../tasks/outcomes.js';
import { ExecutionSummary, summaryExample } from './summary.js';

/** Asks for executions, newest first. */
export class ListExecutions extends PageRequest {
  @Field('Only those in this state.', { optional: true })
  @IsOneOf(EXECUTION_STATES)
  readonly state?: ExecutionState;

  @Field('Only those of this plugin.', { optional: true })
  @IsSlug()
  readonly plugin?: string;

  @Field('Only those that this user asked for.', { optional: true })
  @IsText(255, 1)
  readonly requestedBy?: string;

  @Field('Only those recorded then or later.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly since?: number;

  @Field('Only those recorded before.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly until?: number;
}

/** A page of executions. */
export class ListExecutionsAnswered extends Page {
  @Field('The executions, newest first.')
  @Nested(() => ExecutionSummary, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly ExecutionSummary[];
}

export const listExecutions = query({
  type: 'execution.list',
  contract: ListExecutions,
  queue: 'status.queries',
  summary: 'Executions, newest first.',
  examples: [
    { state: 'running', limit: 50 },
    { plugin: 'ssh', requestedBy: 'release-desk', since: 1_763_900_000_000, limit: 100 },
  ],
});

export const listExecutionsAnswered = reply({
  type: 'execution.list.answered',
  contract: ListExecutionsAnswered,
  from: 'status',
  summary: 'A page of executions.',
  examples: [{ items: [summaryExample], nextCursor: 'MTc2Mzk5OTk5OTcwMA' }],
});
