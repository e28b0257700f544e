import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsCode, IsSlug } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsOneOf, IsText, IsTime } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';

/** What became of a command: `repeated` is one that was recorded before. */
export const AUDIT_RESULTS = ['accepted', 'rejected', 'repeated'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** Asks who asked for what, newest first. */
export class ListAudit extends PageRequest {
  @Field('Only what this user asked for.', { optional: true })
  @IsText(255, 1)
  readonly requestedBy?: string;

  @Field('Only then or later.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly since?: number;

  @Field('Only before.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly until?: number;

  @Field('Only commands of this type.', { optional: true })
  @IsText(64, 1)
  readonly type?: string;
}

/** A command that somebody gave. */
export class AuditItem {
  @Field('When it was recorded.', { unit: 'ms since 1970' })
  @IsTime()
  readonly at!: number;

  @Field('Who asked: the user that the broker validated, else `unverified`.')
  @IsText(255)
  readonly requestedBy!: string;

  @Field('The type of the command.')
  @IsText(64, 1)
  readonly type!: string;

  @Field('The execution or stream; absent when it could not be read.', { optional: true })
  @IsSlug()
  readonly id?: string;

  @Field('The message id of the command.')
  @IsText(255)
  readonly messageId!: string;

  @Field('What became of the command.')
  @IsOneOf(AUDIT_RESULTS)
  readonly result!: AuditResult;

  @Field('Why it was rejected: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('The same for people.', { optional: true })
  @IsReason()
  readonly reason?: string;

  @Field('How what it asked for ended; absent while it has not.', { optional: true })
  @IsCode()
  readonly outcome?: string;
}

/** A page of the audit list. */
export class ListAuditAnswered extends Page {
  @Field('The commands, newest first.')
  @Nested(() => AuditItem, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly AuditItem[];
}

export const listAudit = query({
  type: 'audit.list',
  contract: ListAudit,
  queue: 'status.queries',
  summary: 'Who asked for what, when, and how it ended; newest first.',
  examples: [{ requestedBy: 'release-desk', type: 'task.run', limit: 50 }],
});

export const listAuditAnswered = reply({
  type: 'audit.list.answered',
  contract: ListAuditAnswered,
  from: 'status',
  summary: 'A page of the audit list.',
  examples: [
    {
      items: [
        {
          at: 1_763_999_999_700,
          requestedBy: 'release-desk',
          type: 'task.run',
          id: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
          messageId: '5f0d6c52-7f0f-4b7c-8d59-2f7c6f1d9b10',
          result: 'accepted',
          outcome: 'failed',
        },
      ],
    },
  ],
});
