/**
 * Where the set-up found or put the servers: what `tools/servers` starts.
 *
 * @typedef {object} RabbitMqFiles a RabbitMQ on this machine, run as a private node
 * @property {'files'} kind
 * @property {string} version
 * @property {string} sbin the folder with the real `rabbitmq-server` script
 * @property {string} erlangBin the folder with `erl`, put first on the PATH
 * @property {string} epmd the Erlang port mapper
 * @property {string[]} libraries folders for LD_LIBRARY_PATH; empty when the system has them all
 *
 * @typedef {object} DockerImage
 * @property {'docker'} kind
 * @property {string} image
 *
 * @typedef {RabbitMqFiles | DockerImage} RabbitMqPlace
 *
 * @typedef {object} OpenSearchFiles an OpenSearch run by the machine's Java
 * @property {'files'} kind
 * @property {string} java
 * @property {string} libraries the folder with the jars
 *
 * @typedef {object} Missing
 * @property {'missing'} kind
 * @property {string} reason
 *
 * @typedef {OpenSearchFiles | DockerImage | Missing} OpenSearchPlace
 *
 * @typedef {object} Places
 * @property {RabbitMqPlace} [rabbitmq] absent until the set-up has looked
 * @property {OpenSearchPlace} [opensearch] absent until the set-up has looked
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The root of the repository. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** Everything the tools put on disk; may be deleted while nothing runs. */
export const WORK = path.join(ROOT, '.signalbox');

const FILE = path.join(WORK, 'places.json');

/**
 * What the set-up found so far; empty before its first run.
 *
 * @returns {Places}
 */
export function readPlaces() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
}

/**
 * Adds to what was found, in one step.
 *
 * @param {Places} found
 */
export function addPlaces(found) {
  mkdirSync(WORK, { recursive: true });
  const next = `${FILE}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ ...readPlaces(), ...found }, null, 2)}\n`);
  renameSync(next, FILE);
}
