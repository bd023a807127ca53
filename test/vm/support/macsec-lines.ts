/**
 * What tshark and winze say of each frame of MACsec in a capture: its tag, and the segment of TCP inside if that is readable.
 *
 * @module
 */
import { join } from 'node:path';
import { must } from '../../interop/support/commands.ts';

const WINZE = join(import.meta.dirname, '../../../bin/winze.js');
const TAG = ['AN', 'PN', 'SCI.system_identifier', 'SCI.port_identifier', 'TCI.E', 'TCI.C'].map(
  (name) => `macsec.${name}`,
);
const FIELDS = ['frame.number', ...TAG, 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'tcp.len'];

/** Frame, association number, packet number, SCI, whether it is encrypted, whether it is changed; and the segment. */
type Row = readonly (string | number | boolean)[];

export function byTshark(file: string): readonly Row[] {
  const options = ['-Y', 'macsec', '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];
  const lines = must(['tshark', '-r', file, ...options])
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const [frame, an, pn, system = '', port, e, c, from = '', fromPort = '', to = '', toPort = '', length] =
      line.split('\t');
    const sci = `${system.replaceAll(':', '')}${Number(port).toString(16).padStart(4, '0')}`;
    const segment = length ? [`${from}.${fromPort} > ${to}.${toPort}`, Number(length)] : [];
    return [Number(frame), Number(an), Number(pn), sci, e === '1', c === '1', ...segment];
  });
}

export function byWinze(file: string): readonly Row[] {
  const text = must([process.execPath, WINZE, 'decode', '--packets', '-v', '--filter', 'macsec', file]);
  // Of each frame: a line, and those of what is inside.
  return text.split(/^(?=\S)/m).map((lines) => {
    const [, frame, an, pn, flags = '', sci = ''] =
      / #(\d+) .*MACsec, an (\d), pn (\d+), flags \[(.*?)\].*, sci (\w+)/.exec(lines) ?? [];
    const [, addresses = '', length] = /(\S+ > \S+): Flags .* length (\d+)/.exec(lines) ?? [];
    const segment = length === undefined ? [] : [addresses, Number(length)];
    const [encrypted, changed] = ['E', 'C'].map((flag) => flags.split(',').includes(flag));
    return [Number(frame), Number(an), Number(pn), sci, encrypted ?? false, changed ?? false, ...segment];
  });
}
