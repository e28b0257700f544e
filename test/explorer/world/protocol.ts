import type { WorkerState } from '#lease/protocol';
import type { ProtocolData } from './parts.ts';

/** The protocol's state, to be worked on. */
export function thaw({ instance, asks, leases, ending }: ProtocolData): WorkerState {
  return structuredClone({
    instance: instance && { ...instance, resuming: new Map(instance.resuming) },
    asks: new Map(asks.map((ask) => [ask.ticket, ask])),
    leases: new Map(leases.map((lease) => [lease.key, lease])),
    ending,
  });
}

/** As plain JSON, with what does not matter in an order that does not change. */
export function freeze({ instance, asks, leases, ending }: WorkerState): ProtocolData {
  return {
    instance: instance && {
      ...instance,
      resuming: [...instance.resuming].map(([id, refs]) => [id, [...refs]]),
    },
    asks: [...asks.values()],
    leases: [...leases.values()].map((lease) => ({
      key: lease.key,
      epoch: lease.epoch,
      ticket: lease.ticket,
      standing: lease.standing,
      marks: lease.marks,
      owners: lease.owners,
      unconfirmed: lease.unconfirmed,
    })),
    ending,
  };
}
