/**
 * Words for the system errors that end a probe.
 *
 * @module
 */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'given up by this host',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EHOSTDOWN: 'host down',
  ENETDOWN: 'the device is down',
  ENOPROTOOPT: 'protocol unreachable',
  EACCES: 'forbidden on the way, or by a rule of this host',
  EPERM: 'a firewall of this host forbids it',
  EMSGSIZE: 'larger than the path lets through',
  EADDRNOTAVAIL: 'no port or no such address on this host',
  EMFILE: 'no more descriptors (ulimit -n)',
  ENOBUFS: 'no more buffers in this host',
  ETIME: 'the TTL ran out, as in a routing loop',
  ETIMEDOUT: 'no answer',
  EPROTO: 'not the protocol',
  ENOTFOUND: 'no such name',
  EAI_AGAIN: 'the resolver does not answer',
};

/** Words for the name of an error, with the name: `refused (ECONNREFUSED)`. */
export function reasonWords(code: string): string {
  const words = WORDS[code];
  return words === undefined ? code : code === 'ETIMEDOUT' ? words : `${words} (${code})`;
}
