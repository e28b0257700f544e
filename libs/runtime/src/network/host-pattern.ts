/**
 * A host pattern such as `*.example.net`, in which `*` stands for any characters. Case does not matter.
 *
 * @throws {TypeError} for anything that could be no part of a host name.
 */
export function hostPattern(text: string): RegExp {
  if (!/^[A-Za-z0-9*._-]+$/.test(text)) {
    throw new TypeError(`"${text}" is neither a host pattern nor a network`);
  }
  const source = text.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^${source}$`, 'i');
}
