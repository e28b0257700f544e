/**
 * Every stable error code with its meaning in one line. Codes travel in outcomes, replies, dead letters, logs and metrics;
 * a code is never renamed or reused. The list in docs/messages.md is generated from here.
 */
export const ERROR_CODES = {
  // Messages
  'not-json': 'The body is not valid UTF-8 JSON (documents: not valid NDJSON).',
  'contract-violated': 'The body is JSON, but a field is missing, unknown or not allowed.',
  'unknown-type': 'No message of this type exists.',
  'type-mismatch':
    'The type is not what the routing key says: the sender may publish one and claims another.',
  'too-large': 'The body is larger than a message may be (512 KiB).',
  'too-deep': 'The body nests objects or arrays deeper than allowed.',
  unroutable: 'No queue took the message: its reader has never started, or the key is wrong.',

  // Commands
  'id-reused': 'The id already stands for a command with other content; that one is unchanged.',
  'targets-missing': 'A page of targets did not arrive, or the pages do not match count and hash.',
  'user-required': 'The service demands a broker-validated user, and the command has none.',
  'sender-not-allowed':
    'The AMQP user that sent it may not say it, or went around the exchange where the broker checks that.',
  'unknown-plugin': 'No running task-runner offers a plugin of this name.',
  'invalid-args': 'The arguments do not fit what the plugin asks for.',

  // Ends of work
  cancelled: 'Somebody cancelled it.',
  'timed-out': 'An attempt took longer than its timeout.',
  'execution-timeout': 'The execution as a whole took longer than executionTimeoutMs.',
  'max-failures': 'More targets failed than maxFailures allows; the rest was not started.',
  expired: 'It was not started within startWithinMs.',
  interrupted: 'The service that ran it was shutting down.',
  'lease-lost': 'The process no longer owns this work; another one may have it.',
  'owner-lost': 'The owner vanished while the target ran, and the policy says not to run it again.',
  'owner-lost-repeatedly':
    'Owner after owner vanished while holding this work; it is not offered again.',

  // Plugins and targets
  'plugin-failed': 'The plugin reported a failure.',
  'plugin-crashed': 'The process that ran the plugin ended unexpectedly.',
  'exit-code': 'The command ended with an exit code other than zero.',
  'killed-by-signal': 'A signal that Signalbox did not send ended the command.',
  'unexpected-response': 'The response has another status or body than was asked for.',
  'target-not-allowed': 'The service may not touch this target (TARGETS_ALLOWED).',
  'target-unreachable': 'No connection: refused, no route, or the name does not resolve.',
  'connection-lost': 'The connection broke while it was in use.',
  'authentication-failed': 'The target refused the credentials.',
  'host-key-unknown': 'The host key of the target is not in known_hosts.',
  'host-key-changed': 'The host key of the target is not the one in known_hosts.',
  'secret-missing': 'A secret is named that the service does not have.',
  'secret-refused': 'The secret may not be used here.',

  // Streams
  'url-not-allowed': 'The service may not read this URL (STREAM_ALLOWED_HOSTS).',
  'http-status': 'The source answered with a status that trying again will not change.',
  'wrong-content-type': 'The source answered with a content type that the format does not fit.',
  'tls-failed': 'The certificate of the source could not be verified.',
  'position-too-old': 'The source no longer has what follows the last position.',
  'idle-timeout': 'No byte arrived for idleTimeoutMs.',
  'line-too-long': 'A line is longer than maxLineBytes.',
  'line-not-decodable': 'A line is not what the format says (UTF-8, JSON).',
  'too-many-bad-lines': 'Lines that cannot be decoded came faster than allowed.',

  // Documents and search
  'document-refused': 'The search store refused the document (parsing or mapping).',
  'document-too-large': 'The search store refused the document because of its size.',
  'index-blocked': 'The index takes no documents at the moment.',
  'index-misconfigured': 'The index cannot take documents until a person changes something.',
  'invalid-query': 'The search store does not understand the query.',

  // Queries
  'not-found': 'The record has nothing under this id.',
  'invalid-cursor': 'The cursor is not one that this query returned.',
  'deadline-passed': 'Nobody waits for the answer any more, so it was not worked out.',
  'answer-too-large': 'The answer does not fit a message; ask for fewer items.',

  // Everywhere
  'dependency-unavailable': 'Something it needs (broker, database, search store) is down.',
  'not-permitted': 'The broker, database or store refused the credentials or the operation.',
  'topology-mismatch': 'The broker has a queue or exchange of this name with other arguments.',
  'settings-invalid': 'The environment holds settings that do not fit.',
  closed: 'It was asked after it had been closed.',
  internal: 'A defect: the log of the service has the details.',
} as const;

/** A stable code of ERROR_CODES. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** True for a code of this version. Codes from a newer peer are data, not errors. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
