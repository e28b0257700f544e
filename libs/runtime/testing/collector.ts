import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Kinds of spans as OTLP numbers them. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** A span as it arrived. */
export interface CollectedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
  /** Of the process that made it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'resource'> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

/** A server that takes OTLP over HTTP, as a collector does, and keeps the spans. */
export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  /** What it says to the next requests; undefined: nothing, for ever. */
  status: number | undefined = 200;
  private readonly server = createServer((request, response) => {
    this.take(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The one span of this name. */
  span(name: string): CollectedSpan {
    const [span, ...more] = this.spans.filter((one) => one.name === name);
    if (span === undefined || more.length > 0) {
      throw new Error(`not one "${name}" in: ${this.spans.map((one) => one.name).join(', ')}`);
    }
    return span;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (this.status === undefined) return;
    if (this.status === 200 && request.url === '/v1/traces') this.keep(JSON.parse(body) as Request);
    response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
  }

  private keep({ resourceSpans }: Request): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        const attributes = valuesOf(span.attributes);
        this.spans.push({ ...span, attributes, resource: valuesOf(resource.attributes) });
      }
    }
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
