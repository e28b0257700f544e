/**
 * How a delivery ended:
 * - `acknowledged`: the handler returned, and all it published is confirmed;
 * - `dead-lettered`: it failed for good; the message is in `<queue>.dead` with the reason;
 * - `requeued`: left to the broker while its channel lived (a dependency is down, or the instance drains);
 * - `expired`: a request whose deadline had passed; nobody waits for its answer;
 * - `abandoned`: its channel was gone first (lost, or closed to give back what it held); the broker delivers it again.
 */
export type DeliveryOutcome =
  'acknowledged' | 'dead-lettered' | 'requeued' | 'expired' | 'abandoned';
