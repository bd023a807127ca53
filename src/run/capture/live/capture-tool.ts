/**
 * The programs that capture for us, what they are told, and what they say at the end.
 *
 * @see tcpdump(1), dumpcap(1)
 * @module
 */
import type { LivePlan, LiveStatistics } from './live-source.ts';

export interface CaptureTool {
  readonly program: 'tcpdump' | 'dumpcap';
  /** How long it may hold packets back for a larger batch, when nobody watches. */
  readonly lagMs: number;
  /** Arguments that make it write a pcap file to its standard output. */
  readonly argumentsFor: (plan: LivePlan) => readonly string[];
  /** What it says on its standard error when it has begun. */
  readonly begun: RegExp;
  /** Reads what it wrote to its standard error. */
  readonly statisticsOf: (stderr: string) => LiveStatistics;
}

/** Of the kernel's buffer: half a second at a gigabit. Where there is less memory, libpcap takes less. */
const BUFFER_MIB = 64;

const tcpdump: CaptureTool = {
  program: 'tcpdump',
  // The time after which libpcap hands over a block that is not full: 1000 ms.
  lagMs: 1200,
  argumentsFor: ({ device, filter, snaplen, isPrompt }) => [
    ...['-i', device, '-n', '-s', String(snaplen), '-B', String(BUFFER_MIB * 1024), '-w', '-'],
    ...(isPrompt ? ['-U', '--immediate-mode'] : []),
    // Behind this, a filter cannot be an option.
    ...(filter === '' ? [] : ['--', filter]),
  ],
  begun: /listening on /,
  statisticsOf: (stderr) => ({
    tool: 'tcpdump',
    received: numberIn(stderr, /^(\d+) packets? received by filter/m),
    dropped: numberIn(stderr, /^(\d+) packets? dropped by kernel/m),
    // It is silent on none.
    droppedByDevice:
      numberIn(stderr, /^(\d+) packets? dropped by interface/m) ?? numberIn(stderr, /^(0) packets? drop/m),
  }),
};

const dumpcap: CaptureTool = {
  program: 'dumpcap',
  lagMs: 500,
  argumentsFor: ({ device, filter, snaplen, isPrompt }) => [
    ...['-i', device, '-q', '-P', '-s', String(snaplen), '-B', String(BUFFER_MIB), '-w', '-'],
    ...(isPrompt ? ['--update-interval', '100'] : []),
    ...(filter === '' ? [] : ['-f', filter]),
  ],
  begun: /Capturing on /,
  statisticsOf: (stderr) => ({
    tool: 'dumpcap',
    received: numberIn(stderr, /^Packets received\/dropped on interface [^\n]*: (\d+)\//m),
    dropped: numberIn(stderr, /\(pcap:(\d+)\//),
    droppedByDevice: numberIn(stderr, /ps_ifdrop:(\d+)\)/),
  }),
};

/** In the order in which they are tried. */
export const CAPTURE_TOOLS: readonly CaptureTool[] = [tcpdump, dumpcap];

function numberIn(text: string, pattern: RegExp): number | null {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
