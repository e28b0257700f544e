import type { Family, Move } from '../engine/model.ts';
import { mayFail, type Scenario } from './scenario.ts';
import type { StatusName, World } from './parts.ts';

/** S3: any status offers what is due, and clears `due` once the broker has the offer, if the epoch is still the same. */
export function dispatching(scenario: Scenario, name: StatusName): Family<World>[] {
  return [
    {
      name: `${name} offers`,
      on: ['record', 'work', 'S1', 'S2', 'consumers', 'faults'],
      moves({ record, S1, S2, consumers, faults }) {
        const status = { S1, S2 }[name];
        // Where no status fails it makes no difference which one offers.
        if (status.isVoid || (!mayFail(scenario, faults) && consumers[0] !== name)) return [];
        const taken = [...S1.offers, ...S2.offers];
        const due = record.leases.filter(
          ({ key, due }) => due && !taken.some((one) => one.key === key),
        );
        return due.map(({ key, epoch }) => ({
          label: `${name} offers epoch ${epoch}`,
          make(draft) {
            draft.work.push({ key, epoch });
            draft[name].offers.push({ key, epoch });
          },
        }));
      },
    },
    {
      name: `${name} clears due`,
      on: ['record', name],
      moves({ [name]: status }) {
        return status.offers.map(({ key, epoch }, at): Move<World> => ({
          label: `${name} has the confirm of the offer of epoch ${epoch}, and clears due`,
          make(draft) {
            draft[name].offers.splice(at, 1);
            const lease = draft.record.leases.find((one) => one.key === key);
            if (lease?.epoch === epoch) lease.due = false;
          },
        }));
      },
    },
  ];
}
