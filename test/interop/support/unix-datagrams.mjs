/** Listens at the socket of the Unix domain that is named (`@` for an abstract one), and prints each datagram as JSON. */
import { loadLibc } from '../../../dist/native/libc.js';

const [path = ''] = process.argv.slice(2);
const libc = loadLibc();
if (!libc) throw new Error('needs koffi on Linux');
const { address, bytes, view } = libc.scratch;
const name = new TextEncoder().encode(path);
view.setUint16(0, 1, true);
bytes.set(name, 2);
if (path.startsWith('@')) bytes[2] = 0;
const fd = libc.socket(1, 2, 0);
if (libc.bind(fd, address, 2 + name.length) !== 0) throw new Error(`bind: ${libc.errno()}`);
process.stdout.write('listening\n');
const receive = () => {
  const length = libc.recv(fd, address, 2048, 0x40);
  if (length >= 0) process.stdout.write(`${JSON.stringify(new TextDecoder().decode(bytes.slice(0, length)))}\n`);
  setTimeout(receive, length >= 0 ? 0 : 20);
};
receive();
