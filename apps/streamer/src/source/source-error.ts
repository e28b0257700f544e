import { SignalboxError } from '#contracts';
import type { ErrorCode } from '#contracts';

/**
 * Codes of the certificate checks (https://docs.openssl.org/master/man1/openssl-verification-options/,
 * Node's `tls` page) that Node reports as an error's `code`.
 */
const CERTIFICATE_CODES = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const IDLE_CODES = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);

/**
 * Classifies, once, what went wrong with a connection to a source. Final are a certificate that does
 * not hold, an address that is not allowed and a request that HTTP does not know; all else may be
 * well at the next try.
 *
 * @param connected whether the connection had come about.
 */
export function toSourceError(error: unknown, origin: string, connected: boolean): SignalboxError {
  if (error instanceof SignalboxError) return error;
  const { code, message } = describe(error);
  if (CERTIFICATE_CODES.has(code)) {
    return sourceError(
      'tls-failed',
      `the certificate of ${origin} does not hold: ${message}`,
      error,
      false,
    );
  }
  if (IDLE_CODES.has(code)) {
    return sourceError(
      'idle-timeout',
      `${origin} sent no byte for the stream's idleTimeoutMs`,
      error,
      true,
    );
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return sourceError(
      'contract-violated',
      `no such request can be sent: ${message}`,
      error,
      false,
    );
  }
  return connected
    ? sourceError('connection-lost', `the connection to ${origin} broke: ${message}`, error, true)
    : sourceError('target-unreachable', `no connection to ${origin}: ${message}`, error, true);
}

function sourceError(
  code: ErrorCode,
  message: string,
  cause: unknown,
  retryable: boolean,
): SignalboxError {
  return new SignalboxError(code, message, { cause, retryable });
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  const { code, message } = error as { code?: unknown; message?: unknown };
  const name = typeof code === 'string' ? code : '';
  // Several addresses that all refused make an AggregateError, whose message is empty.
  return { code: name, message: typeof message === 'string' && message !== '' ? message : name };
}
