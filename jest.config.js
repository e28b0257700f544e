// Nest 12 ships ES modules only, so Jest has to run ES modules too: start it with
// `node --experimental-vm-modules` (tools/test.ts does).
const swc = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
};

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  // "source" makes the `#lib` names of package.json resolve to TypeScript, not to dist/.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
};

const beside = ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools', '<rootDir>/bench'];

export default {
  projects: [
    // Pure: no server, no process.
    { ...shared, displayName: 'unit', roots: beside, testRegex: '\\.spec\\.ts$' },
    // Beside the code too, but on real servers (RabbitMQ, PostgreSQL, OpenSearch).
    {
      ...shared,
      displayName: 'integration',
      roots: beside,
      testRegex: '\\.int-spec\\.ts$',
    },
    // What crosses processes.
    {
      ...shared,
      displayName: 'e2e',
      roots: ['<rootDir>/test'],
      testRegex: '\\.e2e-spec\\.ts$',
    },
  ],
};
