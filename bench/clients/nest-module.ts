import { Controller, Module, type Type } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';

/** A Nest module with one handler. Node.js runs TypeScript without decorators: here they are called. */
export function moduleWithHandler<Context>(
  pattern: MethodDecorator,
  handler: (body: unknown, context: Context) => Promise<unknown>,
): Type {
  class Handlers {
    handle(body: unknown, context: Context): Promise<unknown> {
      return handler(body, context);
    }
  }
  const { prototype } = Handlers;
  Payload()(prototype, 'handle', 0);
  Ctx()(prototype, 'handle', 1);
  pattern(prototype, 'handle', Object.getOwnPropertyDescriptor(prototype, 'handle')!);
  Controller()(Handlers);
  class Handling {}
  Module({ controllers: [Handlers] })(Handling);
  return Handling;
}
