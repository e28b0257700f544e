import { BROKER_USERS } from '#contracts';
import type { Check } from './check.ts';
import { meshServices } from './mesh-services.ts';

/** What must hold between the broker's users and who connects to it. */
export const BROKER_USER_CHECKS: readonly Check[] = [
  {
    name: 'every service connects to the broker as itself, with its own password',
    findProblems: (files) =>
      meshServices(files)
        .filter(({ name, compose: { environment = {} } }) => {
          const user = `amqp://${name}:\${${passwordVariable(name)}:?`;
          return environment['AMQP_URL']?.startsWith(user) !== true;
        })
        .map(({ name }) => `${name} does not connect as ${name} with ${passwordVariable(name)}`),
  },
  {
    name: 'the broker gets the password of every user that it loads, and of no other',
    findProblems: ({ compose }) => {
      const { environment = {} } = compose.services['rabbitmq'] ?? {};
      const needed = ['admin', ...BROKER_USERS.map(({ name }) => name)].map(passwordVariable);
      const given = Object.entries(environment);
      return [
        ...needed
          .filter((variable) => !(variable in environment))
          .map((variable) => `rabbitmq does not get ${variable}`),
        ...given
          .filter(([variable, value]) => !value.startsWith(`\${${variable}:`))
          .map(([variable]) => `rabbitmq gets ${variable} from a variable of another name`),
        ...given
          .filter(([variable]) => !needed.includes(variable))
          .map(([variable]) => `rabbitmq gets ${variable}, which is no user's password`),
      ];
    },
  },
];

/** The variable with a user's password, as deploy/rabbitmq/with-passwords.sh names it. */
function passwordVariable(user: string): string {
  return `RABBITMQ_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`;
}
