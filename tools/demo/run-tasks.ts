import type { CallResult } from './command-line.ts';
import type { Stage } from './follow-stream.ts';
import { TargetFleet, type Behaviour } from './target-fleet.ts';

const TARGETS = 200;
const RECORDED_AS: Readonly<Record<Behaviour, string>> = {
  answers: 'succeeded',
  fails: 'failed',
  hangs: 'timed-out',
};

/** Of the fleet, five hang (one in 40) and seven fail (one in 25, unless it hangs). */
function behaviourOf(n: number): Behaviour {
  if (n % 40 === 0) return 'hangs';
  return n % 25 === 0 ? 'fails' : 'answers';
}

/** Starts the fleet; stop it when nobody needs its targets any more. */
export async function startFleet(): Promise<{ fleet: TargetFleet; port: number }> {
  const fleet = new TargetFleet(TARGETS, behaviourOf);
  return { fleet, port: await fleet.start() };
}

/** Probes every target of the fleet, of which some fail and some hang past their timeout. */
export async function probeFleet(fleet: TargetFleet, port: number, stage: Stage): Promise<void> {
  const { commandLine, checks, story } = stage;
  const args = runArgs(fleet, `http://{target}:${port}/health`, '1500ms');
  story.command([...args.slice(0, 4), `127.0.0.1,…,127.0.0.${TARGETS}`, ...args.slice(5)]);
  const result = await commandLine.call(args, (object) => {
    const { target, state = '', message = '' } = object;
    if (target !== undefined && !['started', 'succeeded'].includes(state)) {
      story.line(`${state.padEnd(10)} ${target}  ${message}`);
    }
  });
  const counts = countsOf(result);
  const seen = fleet.report('/health');
  story.line(`exit code ${result.exitCode}: not all succeeded`);
  checks.equal('targets asked', TARGETS, seen.size);
  checks.equal('targets that answered', count(seen, 'answers'), counts.succeeded);
  checks.equal('targets that answered 503', count(seen, 'fails'), counts.failed);
  checks.equal('targets that hung past their timeout', count(seen, 'hangs'), counts.timedOut);
  checks.equal('exit code of the command line', 1, String(result.exitCode));
  const recorded = await targetsOf(result, stage);
  const alike = [...seen].filter(([target, did]) => recorded.get(target) === RECORDED_AS[did]);
  checks.equal('targets recorded as their servers saw them', TARGETS, alike.length);
}

/** Cancels an execution whose first targets have answered and whose others take a minute. */
export async function cancelInTheMiddle(
  fleet: TargetFleet,
  port: number,
  stage: Stage,
): Promise<void> {
  const { commandLine, checks, story, signal } = stage;
  const args = runArgs(fleet, `http://{target}:${port}/slow`, '60s');
  const accepted = Promise.withResolvers<string>();
  const running = commandLine.call(args, (object) => {
    if (object.state === 'accepted') accepted.resolve(object.executionId ?? '');
  });
  const executionId = await Promise.race([accepted.promise, running.then(refused)]);
  await fleet.slowAnswers(signal);
  const startedAt = performance.now();
  story.command(['cancel', executionId, '--reason', 'demo']);
  await commandLine.mustSucceed(['cancel', executionId, '--reason', 'demo']);
  const result = await running;
  const counts = countsOf(result);
  const answered = count(fleet.report('/slow'), 'answers');
  story.line(`ended ${Math.round(performance.now() - startedAt)} ms after the cancel was typed`);
  checks.equal('cancelled execution: targets that had answered', answered, counts.succeeded);
  checks.equal('cancelled execution: all others', TARGETS - answered, counts.cancelled);
  checks.equal('cancelled execution: requests still open', 0, fleet.openRequests('/slow'));
  checks.equal('cancelled execution: exit code', 3, String(result.exitCode));
}

function runArgs(fleet: TargetFleet, url: string, timeout: string): string[] {
  const targets = fleet.targets.join(',');
  const how = ['--timeout', timeout, '--concurrency', '50', '--watch'];
  return ['run', '--plugin', 'http', '--targets', targets, '--arg', `url=${url}`, ...how];
}

async function targetsOf(result: CallResult, stage: Stage): Promise<Map<string, string>> {
  const executionId = result.objects[0]?.executionId ?? '';
  const shown = await stage.commandLine.mustSucceed(['show', executionId, '--targets']);
  return new Map(shown.objects.map(({ target = '', state = '' }) => [target, state]));
}

function countsOf(result: CallResult): Readonly<Record<string, number>> {
  return result.objects.at(-1)?.counts ?? {};
}

function count(seen: ReadonlyMap<string, Behaviour>, wanted: Behaviour): number {
  return [...seen.values()].filter((behaviour) => behaviour === wanted).length;
}

function refused(result: CallResult): never {
  throw new Error(`the command was not accepted: ${result.complaint}`);
}
