import { IsJsonObject } from '../fields/collections.js';
import { Field, Nested, type JsonValue } from '../fields/field.js';
import { IsSlug, IsUuid } from '../fields/names.js';
import { IsPattern, IsWhole } from '../fields/scalars.js';
import { command } from '../registry/definition.js';
import { OutputSettings } from './output.js';
import { Policy } from './policy.js';
import { IsTargets } from './target.js';

/** Targets that were sent before the command, in pages. */
export class TargetPages {
  @Field('How many pages were sent.', { unit: 'pages' })
  @IsWhole(1, 10_000)
  readonly pages!: number;

  @Field('How many targets stand on them.', { unit: 'targets' })
  @IsWhole(1, 10_000_000)
  readonly count!: number;

  @Field('SHA-256 over all targets in order, joined by newlines, UTF-8, in lower-case hex.')
  @IsPattern('isSha256', /^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
  readonly sha256!: string;
}

/** Run a plugin on targets. */
export class RunTask {
  @Field('Chosen by whoever asks; the same id with the same content is the same execution.')
  @IsUuid()
  readonly executionId!: string;

  @Field('What to run: `ssh`, `exec`, `http` or a plugin of your own.')
  @IsSlug()
  readonly plugin!: string;

  @Field('What the plugin asks for.', { default: {} })
  @IsJsonObject()
  readonly args!: Readonly<Record<string, JsonValue>>;

  @Field(
    '1 to 5,000 distinct targets `[user@]host[:port]`, or what was sent in pages before the command.',
  )
  @Nested(() => TargetPages, 'object-or-list')
  @IsTargets(true)
  readonly targets!: readonly string[] | TargetPages;

  @Field('How to run it.', { default: {} })
  @Nested(() => Policy)
  readonly policy!: Policy;

  @Field('What is kept of the output.', { default: {} })
  @Nested(() => OutputSettings)
  readonly output!: OutputSettings;
}

export const runTask = command({
  type: 'task.run',
  contract: RunTask,
  summary: 'Run a plugin on targets: bounded, in batches, with timeouts and retries.',
  examples: [
    {
      executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
      plugin: 'ssh',
      args: { command: 'systemctl restart edge-proxy', sudo: true },
      targets: ['deploy@edge-01.example.net', 'deploy@edge-02.example.net:2222'],
      policy: {
        concurrency: 20,
        timeoutMs: 30_000,
        executionTimeoutMs: 900_000,
        startWithinMs: 300_000,
        retries: { limit: 2, backoffMs: 2_000 },
        batches: { sizes: [1, '10%', '50%'], pauseAfterCanary: true },
        maxFailures: '5%',
        onLost: 'fail',
      },
      output: { capBytes: 262_144, tailBytes: 4_096, index: 'edge-restarts-%Y.%m.%d' },
    },
    {
      executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b12',
      plugin: 'http',
      args: { url: 'https://{host}/healthz', expect: { status: 200 } },
      targets: {
        pages: 50,
        count: 250_000,
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
      },
      policy: { concurrency: 500, retries: { limit: 0, backoffMs: 1_000 } },
      output: { capBytes: 4_096, tailBytes: 512 },
    },
  ],
});
