import { connectPlainly } from './conditions.ts';

/** Which broker the tests' servers have. Needs AMQP_URL. */
export async function brokerConditions(): Promise<{ readonly broker: string }> {
  const connection = await connectPlainly(process.env.AMQP_URL!);
  const { product, version } = connection.connection.serverProperties;
  await connection.close();
  return { broker: `${product} ${version}` };
}
