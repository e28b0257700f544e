import { describe, expect, it } from '@jest/globals';
import { connectAdvice, lossReport } from './connect-advice.js';
import { describeEndpoint, userOf } from './endpoint.js';

const endpoint = { url: 'amqp://ann:SESAME@rabbit.example/jobs' };

describe('where the broker is', () => {
  it.each([
    ['amqp://ann:SESAME@rabbit.example/jobs', 'amqp://ann@rabbit.example:5672 (vhost jobs)'],
    ['amqps://rabbit.example', 'amqps://rabbit.example:5671 (vhost /)'],
    ['amqp://[::1]:25672/%2F', 'amqp://[::1]:25672 (vhost /)'],
    ['amqp://rabbit.example/%zz', 'amqp://rabbit.example:5672 (vhost %zz)'],
    ['nonsense', '(not a URL)'],
  ])('%s reads %s', (url, text) => {
    expect(describeEndpoint({ url })).toBe(text);
  });
});

describe('the user of a URL', () => {
  it.each([
    ['amqp://ann%40home:SESAME@rabbit.example/jobs', 'ann@home'],
    ['amqp://%zz:SESAME@rabbit.example', '%zz'],
    ['amqp://%40%zz%E9:SESAME@rabbit.example', '@%zz%E9'],
    ['amqp://rabbit.example', undefined],
    ['nonsense', undefined],
  ])('of %s is %s', (url, user) => {
    expect(userOf(url)).toBe(user);
  });
});

describe('advice about a connection', () => {
  it.each([
    ['certificate has expired', 'TLS could not be set up; check the CA'],
    ['Socket closed abruptly during opening handshake', 'does not speak AMQP'],
    ['getaddrinfo ENOTFOUND rabbit.example', 'the host name is unknown'],
    ['connect ETIMEDOUT', 'no answer in time'],
    ['something else', 'something else'],
  ])('%s: %s', (message, advice) => {
    const text = connectAdvice(endpoint, new Error(message));
    expect(text).toContain(`cannot connect to RabbitMQ at ${describeEndpoint(endpoint)}: `);
    expect(text).toContain(advice);
    expect(text).not.toContain('SESAME');
  });

  it('does not say "cannot connect" of a connection that worked', () => {
    expect(lossReport(endpoint, new Error('Heartbeat timeout'))).toBe(
      `the connection to RabbitMQ at ${describeEndpoint(endpoint)} was lost: Heartbeat timeout`,
    );
    expect(lossReport(endpoint, undefined)).toMatch(/was lost: it was closed$/);
  });
});
