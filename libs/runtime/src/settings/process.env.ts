import type { Environment } from './load-settings.js';

/** The environment of this process; the one place that touches it. */
export const processEnvironment: Environment = process.env;
