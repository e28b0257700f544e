import type { ServiceLost, ServiceStarted, ServiceStopped } from '#contracts';
import type { Transition } from '../transition.js';

/** An instance can be reached. What its process was before is over. */
export const serviceStarted: Transition<ServiceStarted> = {
  needs() {},

  apply(set, { type, body }) {
    const { instanceId, service } = body;
    set.changes.startedServices.push(body);
    if (service === 'task-runner') set.addRunner(body);
    set.changes.events.push({
      aggregate: `service/${instanceId}`,
      epoch: 0,
      seq: 1,
      type,
      body,
      superseded: false,
    });
  },
};

/** An instance ended in good order, or is gone without a word. */
export const serviceGone: Transition<ServiceStopped | ServiceLost> = {
  needs() {},

  apply(set, { type, body }) {
    const { instanceId, reason } = body;
    const as = type === 'service.lost' ? 'lost' : 'stopped';
    set.changes.goneServices.push({ instanceId, as, reason });
    set.runners.delete(instanceId);
    set.changes.events.push({
      aggregate: `service/${instanceId}`,
      epoch: 0,
      seq: 2,
      type,
      body,
      superseded: false,
    });
  },
};
