import { IsJsonObject } from '../fields/collections.js';
import { Field, Nested, type JsonValue } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { query, reply } from '../registry/definition.js';
import { OutputSettings } from '../tasks/output.js';
import { Policy } from '../tasks/policy.js';
import { ExecutionSummary, summaryExample } from './summary.js';

/** Asks for one execution. */
export class GetExecution {
  @Field('The execution.')
  @IsUuid()
  readonly executionId!: string;
}

/** One execution, as asked for and as it stands. */
export class GetExecutionAnswered extends ExecutionSummary {
  @Field('What the plugin was given.')
  @IsJsonObject()
  readonly args!: Readonly<Record<string, JsonValue>>;

  @Field('How it is run.')
  @Nested(() => Policy)
  readonly policy!: Policy;

  @Field('What is kept of the output.')
  @Nested(() => OutputSettings)
  readonly output!: OutputSettings;
}

export const getExecution = query({
  type: 'execution.get',
  contract: GetExecution,
  queue: 'status.queries',
  summary: 'One execution: what was asked, and how far it is.',
  examples: [{ executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11' }],
});

export const getExecutionAnswered = reply({
  type: 'execution.get.answered',
  contract: GetExecutionAnswered,
  from: 'status',
  summary: 'The execution.',
  examples: [
    {
      ...summaryExample,
      args: { command: 'systemctl restart edge-proxy', sudo: true },
      policy: { concurrency: 20, timeoutMs: 30_000, retries: { limit: 2, backoffMs: 2_000 } },
      output: { capBytes: 262_144, tailBytes: 4_096 },
    },
  ],
});
