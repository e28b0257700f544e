/** The form of a target as one regular expression: what it says, the JSON Schema of the contracts says too. */

const HEX = '[0-9A-Fa-f]';
const GROUP = `${HEX}{1,4}`;
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;

/** Eight groups; an IPv4 address at the end stands for two of them. */
const IPV6_IN_FULL = `(?:${GROUP}:){6}(?:${GROUP}:${GROUP}|${IPV4})`;
/** One `::` for a group or more, so at most seven are left. */
const IPV6_SHORTENED =
  `(?!:*(?:${HEX}+:+){7}${HEX})(?!:*(?:${HEX}+:+){6}[0-9]+\\.)` +
  `(?:${GROUP}(?::${GROUP})*)?::(?:(?:${GROUP}:)*(?:${GROUP}|${IPV4}))?`;
const ZONE = '%[0-9A-Za-z.]+';
const IPV6 = `(?=[^\\]]{2,64}\\])(?:${IPV6_IN_FULL}|${IPV6_SHORTENED})(?:${ZONE})?`;

const USER = '[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}';
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
/** At most 253 characters; an IPv4 address has this form too. */
const NAME = `(?=[^:]{1,253}(?::|$))${LABEL}(?:\\.${LABEL})*`;
/** 1 to 65535, in at most five digits. */
const PORT = '(?!0+$)(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';

/** `[user@]host[:port]`, an IPv6 address in brackets; groups `user`, `v6` or `host`, `port`. Runs in linear time. */
export const TARGET = new RegExp(
  `^(?:(?<user>${USER})@)?(?:\\[(?<v6>${IPV6})\\]|(?<host>${NAME}))(?::(?<port>${PORT}))?$`,
);
