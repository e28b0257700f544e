import { PluginFailedError, SignalboxError } from '#contracts';
import { errors } from 'undici';
import type { RequestTrace } from './request-trace.js';

/**
 * What a failed request comes to: before the connection stood the target was not reachable, after
 * that it was lost. Errors that have a code already stay as they are.
 */
export function classifyRequestError(cause: unknown, trace: RequestTrace): SignalboxError {
  if (cause instanceof SignalboxError) return cause;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const because = code === '' || message.includes(code) ? message : `${message} (${code})`;
  if (cause instanceof errors.HTTPParserError) {
    const problem = `the response is not HTTP: ${because}`;
    return new PluginFailedError('unexpected-response', problem, { cause, retryable: true });
  }
  if (isAboutCertificate(code)) {
    return new PluginFailedError('tls-failed', `no trusted TLS connection: ${because}`, { cause });
  }
  const [failure, what] = trace.isConnected
    ? (['connection-lost', 'the connection broke'] as const)
    : (['target-unreachable', 'no connection'] as const);
  return new PluginFailedError(failure, `${what}: ${because}`, { cause, retryable: true });
}

/** OpenSSL's verification errors and Node's own, as `tls` reports them. */
function isAboutCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|HOSTNAME_MISMATCH/.test(code);
}
