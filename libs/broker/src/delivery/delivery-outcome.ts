/**
 * How a delivery ended:
 * - `acknowledged`: the handler returned, and all it published is confirmed;
 * - `dead-lettered`: it failed for good; the message is in `<queue>.dead` with the reason;
 * - `requeued`: given back to the broker (a dependency is down, or the instance drains);
 * - `expired`: a request whose deadline had passed; nobody waits for its answer;
 * - `abandoned`: its channel was lost first; the broker delivers it again.
 */
export type DeliveryOutcome =
  'acknowledged' | 'dead-lettered' | 'requeued' | 'expired' | 'abandoned';
