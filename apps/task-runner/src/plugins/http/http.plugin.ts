import { Client } from 'undici';
import type { AllowedHosts } from '#runtime';
import type { Target } from '../../targets/target.js';
import type { Plugin, PluginContext, PluginResult } from '../plugin.js';
import { checkedAddresses } from './checked-addresses.js';
import { checkedConnector } from './checked-connector.js';
import { HttpArguments } from './http.arguments.js';
import { readBody } from './read-body.js';
import { classifyRequestError } from './request-errors.js';
import { RequestTrace } from './request-trace.js';
import { hostOf, urlFor } from './request-url.js';
import { verdictOf } from './response-verdict.js';

/**
 * Sends one request to each target, on a connection of its own, and checks the response. Redirects
 * are not followed. The response's body is the output; on the error channel follows one line of JSON
 * with address, status, times and size.
 */
export class HttpPlugin implements Plugin<HttpArguments> {
  readonly name = 'http';
  readonly description = 'Sends one HTTP request to each target and checks the response.';
  readonly arguments = HttpArguments;
  readonly idempotent = true;
  readonly timeoutMs = 30_000;

  constructor(private readonly allowed: AllowedHosts) {}

  async run(target: Target, args: HttpArguments, context: PluginContext): Promise<PluginResult> {
    const trace = new RequestTrace();
    try {
      return await this.exchange(urlFor(args.url, target), args, context, trace);
    } catch (error) {
      if (context.signal.aborted) return { state: 'aborted' };
      throw classifyRequestError(error, trace);
    }
  }

  private async exchange(
    url: URL,
    args: HttpArguments,
    context: PluginContext,
    trace: RequestTrace,
  ): Promise<PluginResult> {
    const { signal, output } = context;
    const addresses = await checkedAddresses(hostOf(url), this.allowed, signal);
    trace.done('dns');
    const client = new Client(url.origin, {
      connect: checkedConnector(addresses, signal, trace),
      // The attempt's signal bounds all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    try {
      const { statusCode, body } = await client.request({
        path: url.pathname + url.search,
        method: args.method,
        headers: args.headers,
        body: args.body ?? null,
        signal,
      });
      trace.done('firstByte');
      const reading = await readBody(body, args, output);
      await output(
        `${JSON.stringify({ status: statusCode, ...trace.facts(), ...reading })}\n`,
        'stderr',
      );
      return verdictOf(statusCode, reading.found, args);
    } finally {
      await client.destroy();
    }
  }
}
