import { SERVICES, type ServiceName } from '#contracts';
import type { ComposeService } from './compose-file.ts';
import type { ContainerFiles } from './container-files.ts';

/** One of the four services, as the compose file runs it. */
export interface MeshService {
  readonly name: ServiceName;
  readonly compose: ComposeService;
}

/** Those of the four services that the compose file has. */
export function meshServices({ compose }: ContainerFiles): readonly MeshService[] {
  return SERVICES.flatMap((name) => {
    const service = compose.services[name];
    return service === undefined ? [] : [{ name, compose: service }];
  });
}
