import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { SignalboxError } from '#contracts';
import { Deferred, withTimeout } from '#supervisor';
import type { AllowedHosts } from '#runtime';
import { SourceConnector } from './source-connector.js';
import type { TlsMaterial } from './source-connector.js';
import { toSourceError } from './source-error.js';

/** Received and not yet taken by the reader; beyond it the socket is not read, and TCP slows the source. */
const HIGH_WATER_BYTES = 64 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;

/** One GET of a source. */
export interface SourceRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsMaterial;
  /** The source may be silent this long, before its headers and between any two bytes. */
  readonly idleTimeoutMs: number;
}

/**
 * Sends the request and resolves with the response once its headers are there; whoever gets it
 * closes it. Rejects with a classified SignalboxError, or with the signal's reason; then nothing is
 * left open. The signal rules the body too.
 */
export async function openResponse(
  request: SourceRequest,
  allowed: AllowedHosts,
  signal: AbortSignal,
): Promise<SourceResponse> {
  signal.throwIfAborted();
  const response = new SourceResponse(request, allowed, signal);
  try {
    await response.begun;
    return response;
  } catch (error) {
    await response.close();
    throw error;
  }
}

/** A response whose body is taken chunk by chunk. Made by {@link openResponse}. */
export class SourceResponse {
  readonly #connector: SourceConnector;
  readonly #agent: Agent;
  readonly #stopListening: () => void;
  readonly #begun = new Deferred();
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #waitingBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: Deferred<Buffer | undefined> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #closing: Promise<void> | undefined;

  constructor(request: SourceRequest, allowed: AllowedHosts, signal: AbortSignal) {
    this.#connector = new SourceConnector(allowed, request.tls);
    this.#agent = new Agent({
      connect: this.#connector.connect,
      connections: 1,
      pipelining: 1,
      allowH2: false,
      headersTimeout: request.idleTimeoutMs,
      bodyTimeout: request.idleTimeoutMs,
    });
    const abort = (): void => this.#abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
    this.#send(request);
  }

  /** Resolves when status and headers are known. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get status(): number {
    return this.#status;
  }

  get headers(): Readonly<IncomingHttpHeaders> {
    return this.#headers;
  }

  /**
   * The next piece of the body; nothing at its clean end. What was received before the connection
   * broke still comes, then its error is thrown. An abort is thrown at once, with the signal's
   * reason. One call at a time.
   */
  next(): Promise<Buffer | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#waitingBytes === 0) this.#controller?.resume();
      return Promise.resolve(chunk);
    }
    const reader = new Deferred<Buffer | undefined>();
    if (this.#end === undefined) this.#reader = reader;
    else settle(reader, this.#end);
    return reader.promise;
  }

  /** Ends the connection and resolves when its socket is gone. Closing again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopListening();
    this.#abort(new SignalboxError('closed', 'the response was closed'));
    try {
      await this.#connector.close();
    } finally {
      const destroyed = this.#agent.destroy();
      await withTimeout(destroyed, CLOSE_TIMEOUT_MS, { what: 'closing the HTTP client' });
    }
  }

  #send({ url, headers }: SourceRequest): void {
    const path = url.pathname + url.search;
    this.#agent.dispatch(
      { origin: url.origin, path, method: 'GET', headers: { ...headers } },
      {
        onRequestStart: (controller) => {
          this.#controller = controller;
        },
        onResponseStart: (_controller, status, responseHeaders) => {
          if (status < 200) return;
          this.#status = status;
          this.#headers = responseHeaders;
          this.#begun.resolve();
        },
        onResponseData: (controller, chunk) => this.#receive(controller, chunk),
        // A reset counts as an error even where undici takes it for the end of the body.
        onResponseEnd: () => this.#ended(url, this.#connector.error),
        onResponseError: (_controller, error) => this.#ended(url, this.#connector.error ?? error),
      },
    );
  }

  #ended({ origin }: URL, error: Error | undefined): void {
    if (error === undefined) this.#finish(undefined);
    else this.#finish(toSourceError(error, origin, this.#connector.connected));
  }

  #receive(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#end !== undefined) return;
    if (this.#reader !== undefined) {
      this.#reader.resolve(chunk);
      this.#reader = undefined;
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= HIGH_WATER_BYTES) controller.pause();
  }

  #abort(reason: unknown): void {
    this.#chunks.length = 0;
    this.#end = undefined;
    this.#finish(reason);
  }

  #finish(error: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#begun.rejectHandled(error);
    if (this.#reader !== undefined) settle(this.#reader, this.#end);
    this.#reader = undefined;
  }
}

function settle(reader: Deferred<Buffer | undefined>, end: { readonly error?: unknown }): void {
  if ('error' in end) reader.reject(end.error);
  else reader.resolve(undefined);
}
