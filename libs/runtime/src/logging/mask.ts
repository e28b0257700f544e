/** What stands where a secret was. */
export const MASK = '***';

/**
 * The password of `scheme://user:password@host`. Takes everything up to the last `@` of the word, so that a
 * password with an unescaped `/`, `:` or `@` is hidden whole: better to hide too much than too little. The lengths are bounded, so that a long hostile line costs no more than its length.
 */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,19}:\/{1,2}[^\s:/?#@"]{0,256}):[^\s"'`<>]{0,512}@/gi;

/** The credentials of an `Authorization` header that was put into a sentence. */
const CREDENTIALS = /\b(Bearer|Basic) (?=[\w.~+/-]*[\d=])[\w.~+/=-]{8,}/gi;

/** `text` without the passwords of URLs and the credentials of authorization headers in it. */
export function maskText(text: string): string {
  return text.replace(URL_PASSWORD, `$1:${MASK}@`).replace(CREDENTIALS, `$1 ${MASK}`);
}

/** The password in a URL as it is really sent (decoded), or undefined when there is none. */
export function passwordOfUrl(text: string): string | undefined {
  const { password } = URL.canParse(text) ? new URL(text) : { password: '' };
  if (password === '') return undefined;
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
