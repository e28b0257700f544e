import { run } from './run.js';

/**
 * True when a Docker engine answers, not only when its command line is installed.
 */
export function dockerAnswers() {
  return run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );
}

/**
 * Downloads an image unless it is there.
 *
 * @param {string} image
 */
export async function pullImage(image) {
  await run('docker', ['image', 'inspect', image]).catch(() => run('docker', ['pull', image]));
}
