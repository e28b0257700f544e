/**
 * Makes a fresh clone ready: `node tools/setup.js [build] [servers] [opensearch]`.
 *
 * Always installs the npm packages; the words add the compiled code, the servers that no address
 * was given for, and OpenSearch for tests. What is there already is left alone. Every npm script
 * that needs something runs it first, so it is plain JavaScript without packages, for Node 20.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 11)) {
  console.error(
    `Signalbox needs Node.js 20.11 or later to set itself up, and this is ${process.versions.node} ` +
      `(${process.execPath}). Install a current one, for example from https://nodejs.org.`,
  );
  process.exit(1);
}

if (process.platform === 'win32') {
  console.error('Signalbox runs on Linux and macOS. On Windows, use it inside WSL.');
  process.exit(1);
}

const { setUp } = await import('./setup/steps.js');

try {
  await setUp(new Set(process.argv.slice(2)));
} catch (error) {
  console.error(
    `\nThe set-up did not succeed.\n${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
