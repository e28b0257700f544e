import type { Incoming, Link, Message, Outgoing } from './parts.ts';

/** Something is published on the lease channel. On one that is gone it is lost; nobody hears of it. */
export function publish(link: Link, message: Message, confirms: Outgoing['confirms'] = null): void {
  if (link.channel === null || link.channel.isDead) return;
  const { id } = link.channel;
  // A release that waited is published by whichever instance holds the lease by then.
  const signed =
    message.type === 'lease.released'
      ? { ...message, body: { ...message.body, instanceId: id } }
      : message;
  link.channel.outbox.push({ message: signed, confirms });
}

/** The broker has something for an instance; without a channel to it, it is forgotten. */
export function deliver(link: Link, instanceId: string, incoming: Incoming): void {
  const { channel } = link;
  if (channel?.id === instanceId && !channel.isCut && !channel.isDead) channel.inbox.push(incoming);
}

/** Whether the control queue of this instance exists. */
export function isReachable({ channel, ghosts, isDeaf }: Link, instanceId: string): boolean {
  if (isDeaf) return false;
  if (ghosts.some(({ id }) => id === instanceId)) return true;
  return channel?.id === instanceId && !channel.isDead && channel.isListening;
}

/** What an instance says, as messages of `status.record`. */
export const words = {
  acquire: (key: string, instanceId: string, requestId: string): Message => ({
    type: 'lease.acquire',
    body: { key, instanceId, requestId },
    replyTo: instanceId,
  }),
  resume: (
    instanceId: string,
    requestId: string,
    from: readonly string[],
    leases: readonly object[],
  ): Message => ({
    type: 'lease.resume',
    body: { requestId, from, instanceId, leases },
    replyTo: instanceId,
  }),
  started: (instanceId: string): Message => ({
    type: 'service.started',
    body: { instanceId, service: 'task-runner', plugins: [{ name: 'ssh' }] },
  }),
  stopped: (instanceId: string): Message => ({
    type: 'service.stopped',
    body: { instanceId, reason: 'drained' },
  }),
  unknown: (key: string, epoch: number, instanceId: string): Message => ({
    type: 'lease.unknown',
    body: { key, epoch, instanceId },
  }),
};

/** A message in a few words, for traces. */
export function told({ type, body, command }: Message): string {
  if (command !== undefined) return type;
  const { key, epoch, instanceId, requestId, changes, interrupted } = body as {
    readonly key?: string;
    readonly epoch?: number;
    readonly instanceId?: string;
    readonly requestId?: string;
    readonly changes?: readonly { target: string; state: string }[];
    readonly interrupted?: readonly string[];
  };
  const what = changes?.map(({ target, state }) => `${target} ${state}`).join(', ');
  const names = interrupted?.join(', ');
  const facts = [
    requestId ?? instanceId,
    key === undefined ? undefined : key.replace(/[0-9a-f-]{36}/, 'x'),
    epoch === undefined ? undefined : `epoch ${epoch}`,
    what,
    names,
  ];
  return `${type}(${facts.filter((fact) => fact !== undefined && fact !== '').join(' ')})`;
}
