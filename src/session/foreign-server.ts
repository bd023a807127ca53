/**
 * Recognizes another program at the port of a winze server by the first octets that it sends.
 *
 * @module
 */

/** Greatest first octet of a control frame (wire/control-frame). */
const LARGEST_KIND = 1;
/** Octets of received text that the message quotes. */
const SHOWN = 40;

/** Patterns of text protocols, and the kind of server. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\/|^<(!doctype|html)/i, 'an HTTP server'],
  [/^SSH-/, 'an SSH server'],
  [/^220[ -].*(smtp|mail)/i, 'a mail server'],
  [/^220[ -]/, 'an FTP or mail server'],
  [/^\+OK|^\* OK/, 'a mail server'],
  [/^RFB /, 'a VNC server'],
];

/** First octets of binary protocols. Those of iperf3 are its states PARAM_EXCHANGE, ACCESS_DENIED and SERVER_ERROR. */
const OCTETS: ReadonlyMap<number, string> = new Map([
  [9, 'an iperf3 server'],
  [0xff, 'an iperf3 server that is busy'],
  [0xfe, 'an iperf3 server that failed'],
  [0x15, 'a TLS server'],
]);

/** Whether the first octets of a connection cannot be a control frame. */
export function isForeignServer(first: Uint8Array): boolean {
  const [kind] = first;
  return kind !== undefined && kind > LARGEST_KIND;
}

/** Describes the other program by its first octets, for a message; `null` if it sent nothing. */
export function describeForeignServer(first: Uint8Array): string | null {
  const [octet] = first;
  if (octet === undefined) return null;
  const text = new TextDecoder('latin1').decode(first.subarray(0, SHOWN));
  const [line = ''] = text.split(/[\r\n]/);
  const name = TEXTS.find(([begin]) => begin.test(text))?.[1];
  if (name !== undefined) return `${name} ("${printableAscii(line)}")`;
  const known = first.length < 4 || octet === 0x15 ? OCTETS.get(octet) : undefined;
  return known ?? `another program ("${printableAscii(line)}")`;
}

function printableAscii(text: string): string {
  return text.replace(/[^ -~]/g, '.');
}
