/** Where a reader stands: it has had every entry up to `number` of the feed that `generation` names. */
export interface FeedPosition {
  readonly generation: string;
  readonly number: number;
}

/** The id of an event, as clients keep it and send it back in `Last-Event-ID`: `1042-5f3a9c1e`. */
export function feedId({ generation, number }: FeedPosition): string {
  return `${number}-${generation}`;
}

/** The position that an id names; `undefined` for what is no id of a feed. */
export function parseFeedId(id: string): FeedPosition | undefined {
  const [, number, generation] = /^(\d{1,15})-([0-9a-f]{8})$/.exec(id) ?? [];
  if (number === undefined || generation === undefined) return undefined;
  return { generation, number: Number(number) };
}
