import { SignalboxError } from '#contracts';
import type { StreamFormat, StreamSettings } from '#contracts';
import type { SecretSource } from '../secrets/secret-source.js';
import type { TlsMaterial } from '../source/source-connector.js';
import type { SourceRequest } from '../source/source-response.js';

const ACCEPT: Record<StreamFormat, string> = {
  ndjson: 'application/x-ndjson, application/json;q=0.9, */*;q=0.1',
  sse: 'text/event-stream',
  lines: 'text/plain, */*;q=0.1',
};

/** Headers that frame the request or say where to go on: the streamer's own business. */
const RESERVED = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-range',
  'keep-alive',
  'last-event-id',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Builds the requests of a stream; its secrets are resolved anew for each. */
export class SourceRequests {
  readonly #settings: StreamSettings;
  readonly #secrets: SecretSource;
  readonly #url: URL;

  /** @throws {SignalboxError} `contract-violated` when a header of the settings is reserved. */
  constructor(settings: StreamSettings, secrets: SecretSource) {
    this.#settings = settings;
    this.#secrets = secrets;
    this.#url = new URL(settings.url);
    const { headers, secretHeaders } = settings.request;
    for (const name of [...Object.keys(headers), ...Object.keys(secretHeaders)]) {
      if (!RESERVED.has(name.toLowerCase())) continue;
      throw new SignalboxError(
        'contract-violated',
        `request.headers: "${name}" is set by the streamer itself`,
      );
    }
  }

  /**
   * The next request; `resume` are the headers that say where to go on.
   *
   * @throws {SignalboxError} `secret-missing`, `secret-refused`.
   */
  async next(resume: Readonly<Record<string, string>>): Promise<SourceRequest> {
    const { format, request, idleTimeoutMs } = this.#settings;
    return {
      url: this.#url,
      headers: {
        accept: ACCEPT[format],
        'accept-encoding': 'identity',
        'cache-control': 'no-cache',
        'user-agent': 'signalbox',
        ...lowerCased(request.headers),
        ...lowerCased(await this.#resolveAll(request.secretHeaders)),
        ...resume,
      },
      tls: await this.#tls(),
      idleTimeoutMs,
    };
  }

  #tls(): Promise<TlsMaterial> {
    const { ca, certificate: cert, key } = this.#settings.request.tls ?? {};
    return this.#resolveAll({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  }

  async #resolveAll(references: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const values: Record<string, string> = {};
    for (const [name, reference] of Object.entries(references)) {
      values[name] = await this.#secrets.resolve(reference, this.#url.hostname);
    }
    return values;
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
