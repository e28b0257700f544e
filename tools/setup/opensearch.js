import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { dockerAnswers, pullImage } from './docker.js';
import { findProgram } from './find-program.js';
import { WORK } from './places.js';
import { retried, run } from './run.js';

/** @import { OpenSearchPlace } from './places.js' */

const IMAGE = 'opensearchproject/opensearch:2.19.1';
const OLDEST_JAVA = 17;
const FOLDER = path.join(WORK, 'opensearch');

/**
 * An OpenSearch for tests: a Docker image, else jars for the machine's Java. Never throws: without
 * one, tests that need it are skipped, and the answer says why.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<OpenSearchPlace>}
 */
export async function provideOpenSearch(say) {
  try {
    if (await dockerAnswers()) {
      say(`OpenSearch: Docker image ${IMAGE}`);
      await pullImage(IMAGE);
      return { kind: 'docker', image: IMAGE };
    }
    return await fromMaven(say);
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    say(`no OpenSearch, its tests will be skipped: ${reason}`);
    return { kind: 'missing', reason };
  }
}

/**
 * True while what an earlier run found can still be started, and while nothing has changed for a
 * machine that has none.
 *
 * @param {OpenSearchPlace | undefined} place
 */
export function isUsable(place) {
  if (place === undefined) return false;
  if (place.kind === 'files') return existsSync(place.java) && existsSync(place.libraries);
  return place.kind === 'docker';
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<OpenSearchPlace>}
 */
async function fromMaven(say) {
  const java = findProgram('java');
  const maven = findProgram('mvn');
  if (java === undefined || maven === undefined) {
    throw new Error(
      `no Docker engine answers, and ${java === undefined ? 'java' : 'mvn'} is not installed ` +
        `(Java ${OLDEST_JAVA} and Maven would do; or set OPENSEARCH_URL)`,
    );
  }
  const version = await run(java, ['--version']).catch(() => '');
  const major = Number(/\d+/.exec(version)?.[0] ?? 0);
  if (major < OLDEST_JAVA) throw new Error(`${java} is Java ${major}, not ${OLDEST_JAVA} or later`);
  const libraries = path.join(FOLDER, 'lib');
  if (!existsSync(libraries)) {
    say('OpenSearch: downloading its libraries with Maven (53 MB) …');
    const making = `${FOLDER}.making`;
    // What an interrupted set-up left: there is only one at a time.
    rmSync(making, { recursive: true, force: true });
    try {
      mkdirSync(making, { recursive: true });
      cpSync(path.join(import.meta.dirname, 'opensearch', 'pom.xml'), path.join(making, 'pom.xml'));
      const goal = ['dependency:copy-dependencies', '-DoutputDirectory=lib'];
      await retried(() => run(maven, ['--batch-mode', '--quiet', ...goal], { cwd: making }));
      rmSync(FOLDER, { recursive: true, force: true });
      renameSync(making, FOLDER);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return { kind: 'files', java, libraries };
}
