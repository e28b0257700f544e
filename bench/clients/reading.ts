import type { LiveQueueName } from '#contracts';

/** What a client reads, and how. */
export interface Reading {
  readonly queue: LiveQueueName;
  /** Deliveries that may be unsettled at once. */
  readonly prefetch: number;
}

/** Whatever is open until `close`. */
export interface Closable {
  close(): Promise<void>;
}

/** Uses what is open, and closes it, also when that failed or was aborted. */
export async function whileOpen<C extends Closable, T>(
  open: C,
  use: (open: C) => Promise<T>,
): Promise<T> {
  try {
    return await use(open);
  } finally {
    await open.close();
  }
}
