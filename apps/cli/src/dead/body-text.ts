import { printable } from '../output/printable.js';

/** How much of a body that is not text is shown. */
const BYTES_SHOWN = 256;

/** A body for people: JSON and NDJSON in lines, other text as it is, of all else the first bytes in hexadecimal. */
export function bodyLines(body: Buffer): string[] {
  const text = utf8(body);
  if (text === undefined) return hexLines(body);
  const documents = json(text) ?? ndjson(text);
  return printable(documents ?? text, { lines: true })
    .trimEnd()
    .split('\n');
}

/** A body for programs: text, or base64 where it is none. */
export function bodyFields(body: Buffer): { readonly body: string; readonly encoding: string } {
  const text = utf8(body);
  return text === undefined
    ? { body: body.toString('base64'), encoding: 'base64' }
    : { body: text, encoding: 'utf8' };
}

function utf8(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function json(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

function ndjson(text: string): string | undefined {
  const lines = text.trimEnd().split('\n').map(json);
  return lines.some((line) => line === undefined) ? undefined : lines.join('\n');
}

function hexLines(body: Buffer): string[] {
  const shown =
    body
      .subarray(0, BYTES_SHOWN)
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  const more = body.length - BYTES_SHOWN;
  return ['(not UTF-8; in hexadecimal)', ...shown, ...(more > 0 ? [`(${more} bytes more)`] : [])];
}
