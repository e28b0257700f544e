import type { Ground } from './ground.ts';

/** Lets a queue hold so many messages from now on, by a policy as an operator would set it. */
export async function limitLength(ground: Ground, queue: string, messages: number): Promise<void> {
  const url = new URL(`/api/policies/${ground.vhost}/short`, ground.managementUrl);
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  const response = await fetch(url, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${btoa(credentials)}`,
      'content-type': 'application/json',
      connection: 'close',
    },
    body: JSON.stringify({
      pattern: `^${queue}$`,
      definition: { 'max-length': messages },
      'apply-to': 'queues',
    }),
  });
  if (!response.ok) throw new Error(`no policy: ${response.status} ${await response.text()}`);
}
