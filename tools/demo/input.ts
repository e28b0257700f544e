import { readFileSync } from 'node:fs';

/** A word that no log line has: every hundredth document carries it, so that a search has something to find. */
export const LANDMARK = 'demolandmark';

const LANDMARK_EVERY = 100;

/** What the demo streams: NDJSON made from a file, and how many of its documents a search for the landmark must find. */
export interface DemoInput {
  readonly body: Buffer;
  readonly documents: number;
  readonly landmarks: number;
}

/**
 * Reads a file of log lines and repeats it up to `documents` lines. A line that is a JSON object is taken as it is, any other
 * becomes `{"message": line}`; each gets its number.
 */
export function readInput(file: string, documents: number): DemoInput {
  const lines = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new Error(`${file} has no lines: give the demo a file with log lines`);
  const bodies = Array.from({ length: documents }, (_, index) => {
    const mark = index % LANDMARK_EVERY === 0 ? `,"mark":"${LANDMARK}"` : '';
    return `${asObject(lines[index % lines.length] ?? '').slice(0, -1)},"line":${index + 1}${mark}}\n`;
  });
  return {
    body: Buffer.from(bodies.join('')),
    documents,
    landmarks: Math.ceil(documents / LANDMARK_EVERY),
  };
}

function asObject(line: string): string {
  try {
    const value: unknown = JSON.parse(line);
    if (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0
    ) {
      return JSON.stringify(value);
    }
  } catch {
    // Not JSON: a plain line.
  }
  return JSON.stringify({ message: line });
}
