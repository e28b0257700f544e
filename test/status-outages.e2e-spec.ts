import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceName } from '#contracts';
import { eventually } from '../tools/testing/eventually.ts';
import { OutageMesh } from './outage-mesh.ts';

const PATIENCE_MS = 180_000;

/** What people want, in the order of the table's columns. */
const WANTS = [
  'running tasks',
  'new commands',
  'cancels',
  'streams',
  'queries',
  'search',
  'live feed',
  'command line',
] as const;

interface Outage {
  readonly of: string;
  readonly begin: (mesh: OutageMesh) => Promise<void> | void;
  readonly end: (mesh: OutageMesh) => Promise<void> | void;
  /** What still works, a letter for each want: `y`es, `n`o. */
  readonly works: string;
  /** Who is not ready then, and what it says. */
  readonly tells?: readonly [service: ServiceName, check: string, says: RegExp];
  /** A line of `signalbox doctor`. */
  readonly doctor: RegExp;
}

function all(service: ServiceName, works: string, doctor: RegExp): Outage {
  return {
    of: `all instances of ${service}`,
    begin: (mesh) => mesh.service(service).kill(),
    end: (mesh) => mesh.start(service),
    works,
    doctor,
  };
}

/** docs/operations.md, "When something is down": a row each. */
const OUTAGES: readonly Outage[] = [
  {
    of: 'PostgreSQL',
    begin: ({ postgres }) => postgres.cut(),
    end: ({ postgres }) => postgres.mend(),
    works: 'ynyynyyn',
    tells: ['status', 'consumers', /queue status\.record: PostgreSQL /],
    doctor: /record \(status, PostgreSQL\) .*status says: /,
  },
  {
    of: 'RabbitMQ',
    begin: ({ rabbit }) => rabbit.kill(),
    end: ({ rabbit }) => rabbit.start(),
    works: 'ynnnnnyn',
    tells: ['task-runner', 'broker', /RabbitMQ/],
    doctor: /RabbitMQ/,
  },
  {
    of: 'the search store',
    begin: ({ store }) => store.cut(),
    end: ({ store }) => store.mend(),
    works: 'yyyyynyy',
    tells: ['indexer', 'search store', /./],
    doctor: /search \(indexer, store\) .*indexer says: /,
  },
  all('status', 'ynyynynn', /record \(status, PostgreSQL\) .*not answered/),
  all('task-runner', 'nyyyyyyy', /service task-runner .*none runs/),
  all('streamer', 'yyynyyyy', /service streamer .*none runs/),
  all('indexer', 'yyyyynyy', /search \(indexer, store\) .*not answered/),
];

describe('when something is down, the rest still works:', () => {
  let mesh: OutageMesh;

  beforeAll(async () => {
    mesh = await OutageMesh.open();
  }, PATIENCE_MS);

  afterAll(() => mesh?.close(), PATIENCE_MS);

  it.each(OUTAGES.map((outage) => [outage.of, outage] as const))(
    '%s',
    async (_, { begin, end, works, tells, doctor }) => {
      const running = await mesh.begin();
      const toCancel = await mesh.begin();
      await eventually('the stream is followed', () => mesh.followsStream(), PATIENCE_MS);
      await begin(mesh);
      if (tells) {
        const [service, check, says] = tells;
        const isTold = async () => says.test((await mesh.troubles(service))[check] ?? '');
        await eventually(`${service} says so`, isTold, 30_000);
      }
      const found = await Promise.all([
        mesh.goesOn(running),
        mesh.acceptsCommands(),
        mesh.endsWhenCancelled(toCancel),
        mesh.followsStream(),
        mesh.answersQueries(),
        mesh.searches(),
        mesh.opensFeed(),
        mesh.listsServices(),
      ]);
      const isFound = async () => {
        const { exitCode, output } = await mesh.signalbox('doctor');
        return exitCode === 1 && doctor.test(output);
      };
      await eventually('the doctor finds it', isFound, 40_000);
      await end(mesh);
      expect(byWant(found)).toEqual(byWant(WANTS.map((__, at) => works[at] === 'y')));

      await eventually('the stream is followed again', () => mesh.followsStream(), PATIENCE_MS);
      await eventually('it searches again', () => mesh.searches(), PATIENCE_MS);
      await eventually('work gets done', () => mesh.getsWorkDone().then(() => true), PATIENCE_MS);
      // What went on through the outage was not begun anew.
      expect(mesh.timesBegun(running)).toBeLessThanOrEqual(works.startsWith('y') ? 1 : 2);
      await eventually('it can be cancelled', () => mesh.endsWhenCancelled(running), 60_000);
    },
    PATIENCE_MS,
  );
});

function byWant(found: readonly boolean[]): Readonly<Record<string, boolean>> {
  return Object.fromEntries(WANTS.map((want, at) => [want, found[at] === true]));
}
