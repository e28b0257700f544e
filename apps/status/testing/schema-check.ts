import { Ajv2020 } from 'ajv/dist/2020.js';

/** What an answer is held against: throws what is wrong with it. */
export function schemaCheck(schema: object): (value: unknown) => void {
  const ajv = new Ajv2020({
    allErrors: true,
    strictTypes: false,
    strictRequired: false,
    formats: { 'http-url': true, uuid: true },
    keywords: ['x-free-form', 'components'],
  });
  const fits = ajv.compile(schema);
  return (value) => {
    if (!fits(value)) throw new Error(`${ajv.errorsText(fits.errors)}: ${JSON.stringify(value)}`);
  };
}
