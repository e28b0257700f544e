import type { Model, Symmetry } from '../engine/model.ts';
import { freshStatus, knownWorker } from './beginnings.ts';
import { asking, carrying } from './broker.ts';
import { dispatching } from './dispatcher.ts';
import { brokerRestart, deadLetter, statusFaults } from './faults.ts';
import { atRest, checks } from './promises.ts';
import { sortServices } from './record.ts';
import type { Scenario } from './scenario.ts';
import { watching } from './watch.ts';
import { working } from './worker.ts';
import { writing } from './writer.ts';
import { STATUSES, WORKERS, type World } from './parts.ts';

/** The world that leases.md is about, with what this scenario asks of it. */
export function worldOf(scenario: Scenario): Model<World> {
  return {
    start: startOf(scenario),
    families: [
      ...WORKERS.flatMap((name) => [...working(scenario, name), ...carrying(scenario, name)]),
      ...STATUSES.flatMap((name) => [
        ...writing(scenario, name),
        ...dispatching(scenario, name),
        ...WORKERS.flatMap((worker) => watching(scenario, name, worker)),
        statusFaults(scenario, name),
      ]),
      asking(scenario),
      brokerRestart(scenario),
      deadLetter(scenario),
    ],
    checks: checks(),
    symmetries: [workersSwapped, statusesSwapped, bothSwapped],
    atRest: (world) => atRest(scenario, world),
  };
}

function startOf(scenario: Scenario): World {
  const a = knownWorker('A.1');
  const b = knownWorker('B.1');
  if (scenario.isAlone) {
    b.worker.life = 'exited';
    b.link.channel = null;
  }
  return {
    record: {
      term: 0,
      executions: [],
      work: [],
      leases: [],
      targets: [],
      commands: [],
      cancels: [],
      services: ['A.1', 'B.1'].map((instanceId) => ({ instanceId, plugins: ['ssh'] })),
    },
    queue: [],
    work: [],
    consumers: ['S1', 'S2'],
    S1: freshStatus(),
    S2: freshStatus(),
    A: a.worker,
    B: b.worker,
    linkA: a.link,
    linkB: b.link,
    script: scenario.commands.map((_, at) => at),
    history: { confirmed: [], starts: [], ran: [], cancelled: [] },
    faults: { left: scenario.faults, isRestarted: scenario.isPatient === true, isDrained: false },
  };
}

const OTHER: Readonly<Record<string, string>> = { A: 'B', B: 'A', S1: 'S2', S2: 'S1' };

function swapWorkers(text: string): string {
  const swapped = text.replaceAll(/\b[AB](?=\.\d)/g, (name) => OTHER[name] as string);
  if (!swapped.startsWith('{"term"')) return swapped;
  const record = JSON.parse(swapped) as World['record'];
  sortServices(record);
  return JSON.stringify(record);
}

const swapStatuses = (text: string): string =>
  text.replaceAll(/\bS[12]\b/g, (name) => OTHER[name] as string);

const workersSwapped: Symmetry = {
  places: { A: 'B', B: 'A', linkA: 'linkB', linkB: 'linkA' },
  rename: swapWorkers,
};

const statusesSwapped: Symmetry = { places: { S1: 'S2', S2: 'S1' }, rename: swapStatuses };

const bothSwapped: Symmetry = {
  places: { ...workersSwapped.places, ...statusesSwapped.places },
  rename: (text) => swapStatuses(swapWorkers(text)),
};
