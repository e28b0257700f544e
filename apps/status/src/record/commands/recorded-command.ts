import type { AuditResult } from '#contracts';

/** A command as it stands in the audit list. */
export interface RecordedCommand {
  readonly messageId: string;
  readonly type: string;
  /** The execution or stream that it is about. */
  readonly subject: string;
  readonly bodyHash: string;
  readonly requestedBy: string;
  readonly result: AuditResult;
  /** Why it was refused. Of a repeated command: why the first one was, if it was. */
  readonly code: string | null;
  readonly reason: string | null;
}
