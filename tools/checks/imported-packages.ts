/** What stands behind `from` or a bare `import`; types alone are gone once compiled. */
const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^'";]*?\sfrom\s+)?'(?<from>[^']+)'/gm;

/** The names of the packages that a source in TypeScript needs when it runs: no part of Node.js, no file or library of ours. */
export function importedPackages(source: string): readonly string[] {
  const packages = [...source.matchAll(IMPORT)]
    .map(({ groups = {} }) => groups['from'] ?? '')
    .filter((from) => !/^(\.|#|node:)/.test(from))
    .map((from) => from.split('/', from.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(packages)];
}
