import { RequestMethod, type Type } from '@nestjs/common';
import {
  QueryFailed,
  definitionOf,
  jsonSchemaOf,
  type Contract,
  type JsonSchema,
} from '#contracts';
import { FEED_PARAMETERS } from '../feed/feed-filter.js';
import { FEED_EVENTS } from '../feed/feed-schemas.js';
import { questionAskedBy } from './http-asks.decorator.js';
import { HttpController } from './http.controller.js';
import { ADMIN_PATHS } from './http-openapi-admin.js';
import { Schemas, json } from './http-openapi-schemas.js';

/**
 * An OpenAPI 3.1 document of everything that status answers over HTTP. Questions and answers are those of the contracts, as
 * docs/messages.md has them, and paths are those of the controllers: nothing of them is told twice.
 */
export function openApi(version: string): object {
  const schemas = new Schemas();
  const failed = schemas.refer(QueryFailed);
  const paths = {
    ...questionPaths(HttpController, schemas, failed),
    '/v1/feed': { get: feedOperation(schemas, failed) },
    '/v1/openapi.json': { get: documentOperation() },
    ...ADMIN_PATHS,
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Signalbox status',
      version,
      description:
        'The record of Signalbox, read-only: what was asked, who owns it, how it ended. Commands go over the broker.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: schemas.all },
  };
}

/** The routes of a controller whose handlers ask questions. Throws for one that declares none: it would be missing. */
function questionPaths(
  controller: Type,
  schemas: Schemas,
  failed: JsonSchema,
): Record<string, object> {
  const base = Reflect.getMetadata('path', controller) as string;
  const prototype = controller.prototype as Readonly<Record<string, object>>;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  const paths = names.flatMap((name): [string, object][] => {
    const handler = prototype[name];
    if (!handler || Reflect.getMetadata('method', handler) !== RequestMethod.GET) return [];
    const route = Reflect.getMetadata('path', handler) as string;
    const question = questionAskedBy(handler);
    if (question === undefined) throw new TypeError(`${controller.name}.${name} lacks @Asks`);
    const path = `/${base}/${route}`.replace(/:(\w+)/g, '{$1}');
    return [[path, { get: questionOperation(name, path, question, schemas, failed) }]];
  });
  return Object.fromEntries(paths);
}

function questionOperation(
  operationId: string,
  path: string,
  question: Contract,
  schemas: Schemas,
  failed: JsonSchema,
): object {
  const { type, summary } = definitionOf(question);
  const answered = definitionOf(`${type}.answered`);
  const isOfOne = path.includes('{');
  return {
    operationId,
    summary,
    description: `The same as the query \`${type}\` over the broker.`,
    parameters: parametersOf(question, path),
    responses: {
      200: json(answered.summary, schemas.refer(answered.contract)),
      400: json('A parameter is unknown or wrong; the reason names it.', failed),
      ...(isOfOne && { 404: json('Nothing is recorded under this id.', failed) }),
      ...unavailable(failed),
    },
  };
}

function parametersOf(question: Contract, path: string): object[] {
  const { properties, required = [] } = jsonSchemaOf(question, 'refuse') as {
    readonly properties: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: path.includes(`{${name}}`) ? 'path' : 'query',
    required: required.includes(name),
    description,
    schema,
  }));
}

function feedOperation(schemas: Schemas, failed: JsonSchema): object {
  const query = Object.entries(FEED_PARAMETERS).map(([name, { description, schema }]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema,
  }));
  const lastEventId = {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The last id that the client had: every later event follows, once and in order.',
    schema: { type: 'string' },
  };
  const events = Object.entries(FEED_EVENTS).map(([type, { description, data }]) => [
    type,
    { description, data: schemas.add(eventSchemaName(type), data) },
  ]);
  return {
    operationId: 'feed',
    summary: 'What changes in the record, live, as server-sent events.',
    description:
      'Without an id that can be gone on from, a client is told to begin anew (`reset`), then the present state in events of the same types without ids, then `live`, whose id is where it goes on. Each event tells the whole state of what it names. `x-events` has the types, and what their data is.',
    parameters: [...query, lastEventId],
    responses: {
      200: {
        description: 'An event stream without an end; at least a comment every 15 s.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
        'x-events': Object.fromEntries(events),
      },
      400: json('A parameter is unknown or wrong; the reason names it.', failed),
      ...unavailable(failed, 'Too many clients, or this status stops: ask another one.'),
    },
  };
}

/** `targets-ended` is `FeedTargetsEnded`. */
function eventSchemaName(type: string): string {
  const words = type.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `Feed${words.join('')}`;
}

function documentOperation(): object {
  return {
    operationId: 'openApi',
    summary: 'This document.',
    responses: { 200: json('An OpenAPI 3.1 document.', { type: 'object' }) },
  };
}

function unavailable(failed: JsonSchema, why = 'PostgreSQL does not answer: ask again.'): object {
  return { 500: json('A defect: the log of the service has it.', failed), 503: json(why, failed) };
}
