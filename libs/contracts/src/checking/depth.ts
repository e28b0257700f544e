import { MAX_DEPTH } from './limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True when the JSON text nests deeper than allowed. Looks at brackets outside strings only; the text need not be valid. */
export function nestsTooDeep(json: string, limit = MAX_DEPTH): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(json, at);
        break;
      case 0x7b:
      case 0x5b:
        depth += 1;
        if (depth > limit) return true;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        break;
      default:
    }
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
