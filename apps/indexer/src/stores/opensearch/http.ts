import { DependencyUnavailableError } from '#contracts';
import { Agent, errors, request } from 'undici';

/** How to reach the search store. */
export interface HttpSettings {
  /** `http(s)://user:password@host:port`, with a path when the store sits behind one. */
  readonly url: string;
  /** The most requests at once. */
  readonly connections: number;
  /** No answer begins or pauses later than this. */
  readonly timeoutMs: number;
  /** No answer is larger. */
  readonly maxAnswerBytes: number;
}

/** What is sent. */
export interface HttpContent {
  readonly type: 'application/json' | 'application/x-ndjson';
  readonly body: Buffer;
}

/** What the store answered. */
export interface HttpAnswer {
  readonly status: number;
  /** The body, parsed; undefined when it is no JSON (a proxy's error page). */
  readonly body: unknown;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** HTTP to one search store: JSON or NDJSON there, JSON back. */
export class Http {
  /** Scheme, host and path, without credentials, for people. */
  readonly address: string;
  private readonly agent: Agent;
  private readonly headers: Readonly<Record<string, string>>;

  constructor({ url, connections, timeoutMs, maxAnswerBytes }: HttpSettings) {
    const { origin, pathname, username, password } = new URL(url);
    this.address = `${origin}${pathname.replace(/\/+$/, '')}`;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.headers = {
      accept: 'application/json',
      ...(username !== '' && {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      }),
    };
    this.agent = new Agent({
      connections,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: maxAnswerBytes,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      allowH2: false,
    });
  }

  /** Sends a request and takes the whole answer. Throws undici's error when there is none, or the signal's reason. */
  async send(
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
    content?: HttpContent,
  ): Promise<HttpAnswer> {
    try {
      const { statusCode, body } = await request(`${this.address}${path}`, {
        dispatcher: this.agent,
        method,
        headers: { ...this.headers, ...(content && { 'content-type': content.type }) },
        body: content?.body,
        signal,
      });
      return { status: statusCode, body: parsed(await body.text()) };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  /** What to throw for an answer (or the lack of one) that means "the store is not there for us": says what to do. */
  unavailable(trouble: HttpAnswer | Error): DependencyUnavailableError {
    const isAnswer = !(trouble instanceof Error);
    const refused = isAnswer && (trouble.status === 401 || trouble.status === 403);
    const advice = refused
      ? 'check user, password and rights in SEARCH_URL'
      : 'check that it runs and that SEARCH_URL is right';
    return new DependencyUnavailableError(
      `the search store at ${this.address} cannot be used: ${reasonOf(trouble)}; ${advice}`,
      isAnswer ? {} : { cause: trouble },
    );
  }

  /** Cuts every connection. Idempotent. */
  async close(): Promise<void> {
    if (!this.agent.destroyed) await this.agent.destroy();
  }
}

/** True when an answer was larger than `maxAnswerBytes`. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof errors.ResponseExceededMaxSizeError;
}

/** What went wrong, in one line. */
export function reasonOf(trouble: HttpAnswer | Error): string {
  if (trouble instanceof Error) return trouble.message;
  const { error } = (trouble.body ?? {}) as { error?: StoreError | string };
  const said = typeof error === 'object' ? describe(error) : error;
  return said ? `HTTP ${trouble.status}, ${said}` : `HTTP ${trouble.status}`;
}

interface StoreError {
  readonly type?: string;
  readonly reason?: string;
  readonly root_cause?: readonly StoreError[];
}

/** The root cause: the error itself often says no more than "all shards failed". */
function describe(error: StoreError): string {
  const { type, reason } = error.root_cause?.[0] ?? error;
  return `${type ?? 'error'}: ${reason ?? 'no reason given'}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
