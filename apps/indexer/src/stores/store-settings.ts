/** What every kind of store is given. */
export interface StoreSettings {
  /** `postgres://…` or `http(s)://…`: decides the kind of store. */
  readonly url: string;
  /** The field of a document that holds its event time. */
  readonly timeField: string;
  /** The most connections at once: writes, searches and a probe together. */
  readonly connections: number;
  /** No request of the store takes longer. */
  readonly timeoutMs: number;
}
