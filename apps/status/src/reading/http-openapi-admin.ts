import { json } from './http-openapi-schemas.js';

/** What every service answers on its admin server, whatever it does. */
export const ADMIN_PATHS = {
  '/health/live': {
    get: {
      operationId: 'live',
      summary: 'Whether the process can answer at all: restart it when it does not.',
      responses: {
        200: json('It lives.', {
          type: 'object',
          properties: {
            status: { const: 'ok' },
            service: { type: 'string' },
            processId: { type: 'string', format: 'uuid' },
            version: { type: 'string' },
          },
          required: ['status', 'service', 'processId', 'version'],
        }),
      },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'ready',
      summary: 'Whether it does its work. No reason to restart it.',
      responses: {
        200: json('It does.', health('ok')),
        503: json('It does not: `error.<check>.message` says why.', health('error')),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Metrics, for Prometheus.',
      responses: {
        200: {
          description: "Prometheus' text format.",
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      },
    },
  },
  '/debug/tasks': {
    get: {
      operationId: 'tasks',
      summary: 'Everything that goes on in the process, for people: its form may change.',
      parameters: [
        {
          name: 'recent',
          in: 'query',
          required: false,
          description: 'How many tasks that ended lately each supervisor shows.',
          schema: { type: 'integer', minimum: 1, default: 10 },
        },
      ],
      responses: {
        200: json('The supervisors, what needs a look first.', {
          type: 'object',
          properties: {
            service: { type: 'string' },
            processId: { type: 'string', format: 'uuid' },
            trouble: { type: 'string' },
            supervisors: { type: 'array', items: { type: 'object' } },
          },
          required: ['service', 'processId', 'supervisors'],
        }),
      },
    },
  },
};

function health(status: 'ok' | 'error'): object {
  const checks = {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { status: { enum: ['up', 'down'] }, message: { type: 'string' } },
      required: ['status'],
    },
  };
  return {
    type: 'object',
    properties: { status: { const: status }, info: checks, error: checks, details: checks },
    required: ['status', 'details'],
  };
}
