import type { ServiceName } from '#contracts';

/** Which process this is; it stands on every log line, in health answers, and in what the service publishes. */
export class ProcessIdentity {
  constructor(
    readonly service: ServiceName,
    /** A new UUID for every start of the process. */
    readonly processId: string,
    /** Version of Signalbox. */
    readonly version: string,
  ) {}
}
