/**
 * Calls `listener` once `signal` is aborted: at once, before this returns, if it was before; never
 * a second time. The result takes the listener back, and does nothing after the abort.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
