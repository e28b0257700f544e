import type { PluginContext } from '../plugin.js';
import type { HttpArguments } from './http.arguments.js';
import { TextSearch } from './text-search.js';

/** What was seen of a response's body. */
export interface BodyReading {
  /** How much was read. */
  readonly bytes: number;
  /** Whether there was more than might be read. */
  readonly truncated: boolean;
  /** Whether the expected text, if any, stood in what was read. */
  readonly found: boolean;
}

/** Hands a body on as output and looks for the expected text in it. Past `maxBodyBytes` it reads no further. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  { maxBodyBytes, expectBodyContains = '' }: HttpArguments,
  output: PluginContext['output'],
): Promise<BodyReading> {
  const search = new TextSearch(expectBodyContains);
  let bytes = 0;
  for await (const chunk of body) {
    const piece = chunk.subarray(0, maxBodyBytes - bytes);
    bytes += piece.length;
    search.push(piece);
    await output(piece);
    if (piece.length < chunk.length) return { bytes, truncated: true, found: search.found };
  }
  return { bytes, truncated: false, found: search.found };
}
