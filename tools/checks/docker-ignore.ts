/** A line of a .dockerignore file. */
export interface IgnorePattern {
  /** Of the paths that it is about. */
  readonly paths: RegExp;
  /** Whether it leaves them out, or (`!`) lets them through after all. */
  readonly leavesOut: boolean;
}

/** Reads a .dockerignore file; comments are left out. */
export function readDockerIgnore(text: string): readonly IgnorePattern[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      paths: pathsOf(line.replace(/^!/, '').replace(/^\/|\/$/g, '')),
      leavesOut: !line.startsWith('!'),
    }));
}

/**
 * Whether a file, given by its path from the root, is left out of what the Docker engine gets: the last pattern
 * that is about it, or about a folder it is in, decides.
 */
export function isLeftOut(file: string, patterns: readonly IgnorePattern[]): boolean {
  const parts = file.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const last = patterns.findLast((pattern) => paths.some((path) => pattern.paths.test(path)));
  return last?.leavesOut ?? false;
}

/** Not `path.matchesGlob`, whose `*` passes over `.git`; Docker's does not. */
function pathsOf(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
