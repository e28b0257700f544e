import { currentMessageId, currentTraceId } from '#broker';

/** What a log line says by itself: for which message, and in which trace, the code runs that writes it. */
export function currentFacts(): { messageId?: string; traceId?: string } {
  const messageId = currentMessageId();
  const traceId = currentTraceId();
  return {
    ...(messageId !== undefined && { messageId }),
    ...(traceId !== undefined && { traceId }),
  };
}
