/** A cancel whose execution may not have been recorded yet; kept for a day. */
export interface RememberedCancel {
  readonly executionId: string;
  readonly requestedBy: string;
  readonly reason: string | null;
}
