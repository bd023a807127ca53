/** Servers that tell more than there can be: the client says so in one line, exits soon, and keeps none of it. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { expectOneLine, winze, withServer } from '../net/harness.ts';
import { type Mischief, openHostileServer } from '../net/hostile-server.ts';
import { plainOctets } from '../support/control-frames.ts';

const onLinux = process.platform === 'linux';
if (!onLinux) console.warn('skipped: the memory of a client is read in /proc, on Linux');

/** More than a client has that measures, which has 80 to 110. */
const MOST_MB = 250;

/** Messages in one turn of the event loop: a client that reads as fast must not hold up this process. */
const A_TURN = 16;

/** What is sent as fast as the client reads it, and the message of a server of ours that it comes behind. */
interface Flood {
  readonly behind: string;
  readonly message: (n: number) => unknown;
}

function pouring({ behind, message }: Flood): Mischief {
  let n = 0;
  const pour = (client: Socket): void => {
    for (let i = 0; i < A_TURN; i++) if (client.destroyed || !client.write(plainOctets(message(n++)))) return;
    setImmediate(pour, client);
  };
  return {
    onFrame: (client, type, octets) => {
      client.write(octets);
      if (type !== behind) return;
      client.on('drain', () => pour(client));
      pour(client);
    },
  };
}

/** Most memory that a process has had, in MB; 0 when it has gone. */
function peakMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

const ROW = { start_ns: 0, end_ns: 1e9, omitted: false, bytes: 1, packets: null, lost: null, jitter_ns: null };
const rows = (n: number) => Array.from({ length: 4096 }, (_, i) => ({ ...ROW, stream: 0, index: 4096 * n + i }));
const FLOODS: readonly (readonly [what: string, flood: Flood, status: number])[] = [
  ['intervals', { behind: 'started', message: (n) => ({ type: 'interval', rows: rows(n) }) }, 6],
  ['samples', { behind: 'started', message: () => ({ type: 'sample', stream: 0, tcp: null }) }, 6],
  ['reports of its senders', { behind: 'started', message: () => ({ type: 'sent', sent: [] }) }, 6],
  ['places in its queue', { behind: 'challenge', message: () => ({ type: 'queued', place: 1000 }) }, 3],
];

describe.runIf(onLinux).each(['auto', 'portable'] as const)('a client with --engine %s', (engine) => {
  test.each(FLOODS)(
    'keeps nothing of a server that sends %s without end',
    async (what, flood, status) => {
      await withServer({}, async (server) => {
        const hostile = await openHostileServer(server.port, pouring(flood));
        const argv = ['-c', '127.0.0.1', '-port', String(hostile.port), '-d', '20s', '-b', '1M', '--engine', engine];
        const client = winze([...argv, '--json'], 40_000);
        let peak = 0;
        const watch = setInterval(() => {
          peak = Math.max(peak, peakMb(client.pid));
        }, 20);
        const outcome = await client.ended;
        clearInterval(watch);
        hostile.close();
        expect(outcome.status, outcome.stderr).toBe(status);
        const failure = outcome.stderr.replace('winze: server busy: place 1000 in the queue\n', '');
        expectOneLine(failure, new RegExp(`the server sent more ${what} than there can be`));
        // Not by the end of its test.
        expect(outcome.elapsedMs).toBeLessThan(19_000);
        expect(peak).toBeLessThan(MOST_MB);
      });
    },
    60_000,
  );
});
