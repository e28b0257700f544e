/** Knows the values behind the names that commands carry. */
export interface SecretSource {
  /**
   * The value of `secret:<name>` for use with a host. Read anew at each call, so that a changed
   * secret counts from the next connection on.
   *
   * @throws {SignalboxError} `secret-missing`, or `secret-refused` when it may not go to that host.
   */
  resolve(reference: string, host: string): Promise<string>;
}
