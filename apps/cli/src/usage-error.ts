/** The command line was wrong: what, and what to type instead. Nothing was sent. */
export class UsageError extends Error {}
