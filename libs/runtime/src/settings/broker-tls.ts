import { readFileSync } from 'node:fs';
import type { Endpoint } from '#broker';
import type { ServiceSettings } from './service.env.js';

/** The TLS options for the broker from the files named in the settings; undefined when none is. */
export function brokerTls(settings: ServiceSettings): Endpoint['tls'] {
  const { AMQP_CA_FILE, AMQP_CERT_FILE, AMQP_KEY_FILE } = settings;
  if ((AMQP_CA_FILE ?? AMQP_CERT_FILE) === undefined) return undefined;
  return {
    ...(AMQP_CA_FILE && { ca: readFileSync(AMQP_CA_FILE) }),
    ...(AMQP_CERT_FILE && { cert: readFileSync(AMQP_CERT_FILE) }),
    ...(AMQP_KEY_FILE && { key: readFileSync(AMQP_KEY_FILE) }),
  };
}
