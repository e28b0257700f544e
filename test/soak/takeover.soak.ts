/**
 * Kills owners at moments drawn from the seed, each in an execution of 200 targets, with restarts of the broker and resets of
 * connections in between: every target has one outcome, none runs again after it, and what must not run twice does not. Then cuts
 * the owners of a 60 s task and of a stream off, in every way: neither is started again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';
import { eventually } from '../../tools/testing/eventually.ts';
import { brokenPromises } from '../takeover/broken-promises.ts';
import { CUTS, CuttableMesh, type Cut } from '../takeover/cuttable-mesh.ts';
import { SteadyStream } from '../takeover/steady-stream.ts';

/** So many of them before the end of an execution. */
const KILLS = 20;
const MOST_ROUNDS = 40;
const TARGETS = 200;
/** Of one owner; an execution has room for two. */
const AT_ONCE = 40;
const SHORTEST_RUN_SECONDS = 0.3;
const LONGEST_RUN_SECONDS = 1;
/** Before every third kill something is cut. */
const CUT_EVERY = 3;
/** The promise of a takeover, where nothing else was disturbed shortly before. */
const TAKEN_OVER_WITHIN_MS = 3_000;
/** Two owners that vanish within two seconds are given ten to come back (leases.md, S9) ... */
const APART_MS = 4_000;
/** ... and so is everybody when the broker has restarted. */
const CUT_APART_MS = 15_000;
const LONG_TASK_SECONDS = 60;
const PATIENCE_MS = 120_000;
const LINES = 20_000;

export async function soak(run: SoakRun): Promise<SoakResult> {
  const { keeper, dir, signal } = run;
  const instances = { status: 2, 'task-runner': 2, streamer: 2, indexer: 1 };
  const mesh = await CuttableMesh.start({ keeper, dir, instances, signal });
  await mesh.untilWatched();
  const killed = await killOwners(run, mesh);
  const cut = await cutLongWork(run, mesh);
  await mesh.close();
  return { violations: [...killed.violations, ...cut.violations], facts: killed.facts };
}

async function killOwners({ random, log, signal }: SoakRun, mesh: CuttableMesh) {
  const violations: string[] = [];
  const takeovers: number[] = [];
  let disturbedUntil = 0;
  const sums = { kills: 0, executions: 0, cuts: 0, started: 0, succeeded: 0, lost: 0 };
  for (let round = 1; round <= MOST_ROUNDS && sums.kills < KILLS; round += 1) {
    await mesh.executions.untilTaskRunners(2);
    const onLost = random() < 0.5 ? 'retry' : 'fail';
    const seconds = SHORTEST_RUN_SECONDS + random() * (LONGEST_RUN_SECONDS - SHORTEST_RUN_SECONDS);
    const execution = await mesh.run({
      targets: Array.from({ length: TARGETS }, (_, n) => `host-${n + 1}`),
      does: `sleep ${seconds.toFixed(2)}`,
      policy: { concurrency: 2 * AT_ONCE, onLost },
    });
    const owner = await mesh.ownerOf(execution);
    const cut = round % CUT_EVERY === 0 ? CUTS[Math.floor(random() * CUTS.length)] : undefined;
    const killAfterMs = Math.floor(random() * seconds * 1_000 * (TARGETS / AT_ONCE));
    if (cut !== undefined) {
      await cutOwner(mesh, execution.executionId, cut, log);
      disturbedUntil = Date.now() + CUT_APART_MS;
    }
    await sleep(killAfterMs, undefined, { signal });
    const killedAt = Date.now();
    await mesh.mesh.kill('task-runner', owner.index);
    const broken = await brokenPromises(mesh, execution, onLost, PATIENCE_MS);
    violations.push(...broken.map((what) => `round ${round}, ${execution.executionId}: ${what}`));
    const next = execution.ledger
      .starts()
      .filter(({ at, runner }) => at > killedAt && runner !== owner.pid);
    const takenOverMs =
      next.length > 0 ? Math.min(...next.map(({ at }) => at)) - killedAt : undefined;
    const isUndisturbed = killedAt > disturbedUntil;
    disturbedUntil = Math.max(disturbedUntil, killedAt + APART_MS);
    if (isUndisturbed && takenOverMs !== undefined) {
      takeovers.push(takenOverMs);
      if (takenOverMs > TAKEN_OVER_WITHIN_MS) {
        violations.push(`round ${round}: taken over ${takenOverMs} ms after the kill`);
      }
    }
    const { counts, finishedAt = 0 } = await mesh.executions.get(execution.executionId);
    sums.executions += 1;
    sums.kills += finishedAt > killedAt ? 1 : 0;
    sums.cuts += cut === undefined ? 0 : 1;
    sums.started += execution.ledger.starts().length;
    sums.succeeded += counts.succeeded;
    sums.lost += counts.lost;
    log(
      `round ${round}: onLost ${onLost}, ${cut ?? 'no cut'}, killed after ${killAfterMs} ms, taken over after ` +
        `${takenOverMs ?? '-'} ms: ${JSON.stringify(counts)}, ${broken.length} broken promises`,
    );
  }
  if (sums.kills < KILLS) violations.push(`only ${sums.kills} kills were early enough`);
  takeovers.sort((a, b) => a - b);
  const facts = {
    ...sums,
    targets: sums.executions * TARGETS,
    takeovers: takeovers.length,
    takeoverP50Ms: takeovers[Math.floor(takeovers.length / 2)] ?? 0,
    takeoverMaxMs: takeovers.at(-1) ?? 0,
  };
  return { violations, facts };
}

/** Cuts the owner off, if it still owns. */
async function cutOwner(
  mesh: CuttableMesh,
  executionId: string,
  cut: Cut,
  log: SoakRun['log'],
): Promise<void> {
  const [target] = await mesh.executions.targets(executionId);
  const { owner } = target ?? {};
  if (owner === undefined) return;
  await mesh.cut(cut, [{ service: 'task-runner', instanceId: owner }]).catch((error: unknown) => {
    log(`nothing was cut: ${String(error)}`);
  });
}

async function cutLongWork({ log }: SoakRun, mesh: CuttableMesh) {
  const violations: string[] = [];
  for (const cut of CUTS) {
    await mesh.executions.untilTaskRunners(2);
    const targets = ['host-1', 'host-2'];
    const policy = { concurrency: 4, onLost: 'fail', timeoutMs: 2_000 * LONG_TASK_SECONDS };
    const task = await mesh.run({ targets, does: `sleep ${LONG_TASK_SECONDS}`, policy });
    const stream = await SteadyStream.follow(mesh, LINES, LONG_TASK_SECONDS);
    await eventually('both run', () => task.ledger.starts().length === targets.length);
    const [target] = await mesh.executions.targets(task.executionId);
    await mesh.cut(cut, [
      { service: 'task-runner', instanceId: target?.owner ?? '' },
      { service: 'streamer', instanceId: await stream.owner() },
    ]);
    const { requests, documents, distinctLines } = await stream.ended();
    const broken = await brokenPromises(mesh, task, 'fail', PATIENCE_MS);
    const { counts } = await mesh.executions.get(task.executionId);
    const isRight =
      requests === 1 &&
      documents === LINES &&
      distinctLines === LINES &&
      counts.succeeded === targets.length;
    const seen = JSON.stringify({ counts, requests, documents, distinctLines });
    log(`${cut}, in a task of ${LONG_TASK_SECONDS} s and a stream: ${seen}`);
    if (!isRight) broken.push(seen);
    violations.push(...broken.map((what) => `${cut}, in long work: ${what}`));
    await stream.close();
  }
  return { violations };
}
