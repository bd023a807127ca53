import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../../src/capture/file/capture-reader.ts';
import { createCaptureRecord } from '../../../../src/capture/record.ts';
import { captureRefusal } from '../../../../src/run/capture/live/capture-refusal.ts';
import { CAPTURE_TOOLS } from '../../../../src/run/capture/live/capture-tool.ts';
import type { LivePlan, LiveStatistics } from '../../../../src/run/capture/live/live-source.ts';
import { PcapCapture } from '../../../../src/run/capture/live/pcap-capture.ts';
import { type PcapPackage, whyNotLoaded } from '../../../../src/run/capture/live/pcap-package.ts';

const PLAN: LivePlan = { device: 'eth0', filter: 'udp port 51820', snaplen: 96, isPrompt: false };
const toolNamed = (name: string) => {
  const tool = CAPTURE_TOOLS.find(({ program }) => program === name);
  if (!tool) throw new Error(`no ${name}`);
  return tool;
};

describe('statistics of the programs', () => {
  test('tcpdump 4.99', () => {
    const said =
      'tcpdump: listening on veth0, link-type EN10MB (Ethernet), snapshot length 96 bytes\n' +
      '4 packets captured\n5 packets received by filter\n1 packet dropped by kernel\n';
    expect(toolNamed('tcpdump').statisticsOf(said)).toEqual({
      tool: 'tcpdump',
      received: 5,
      dropped: 1,
      droppedByDevice: null,
    });
    expect(toolNamed('tcpdump').statisticsOf(`${said}7 packets dropped by interface\n`).droppedByDevice).toBe(7);
  });

  test('dumpcap 4.0', () => {
    const said =
      "Capturing on 'lo'\nFile: -\nPackets captured: 20\n" +
      "Packets received/dropped on interface 'lo': 20/3 (pcap:2/dumpcap:1/flushed:0/ps_ifdrop:4) (87.0%)\n";
    expect(toolNamed('dumpcap').statisticsOf(said)).toEqual({
      tool: 'dumpcap',
      received: 20,
      dropped: 2,
      droppedByDevice: 4,
    });
  });

  test.each(['tcpdump', 'dumpcap'])('%s that was killed has no statistics: the counts are null', (name) => {
    expect(toolNamed(name).statisticsOf('')).toEqual({
      tool: name,
      received: null,
      dropped: null,
      droppedByDevice: null,
    });
  });
});

describe('arguments of the programs', () => {
  test('a filter is never taken for an option', () => {
    const plan = { ...PLAN, filter: '-w /etc/passwd' };
    expect(toolNamed('tcpdump').argumentsFor(plan).slice(-2)).toEqual(['--', '-w /etc/passwd']);
    expect(toolNamed('dumpcap').argumentsFor(plan).slice(-2)).toEqual(['-f', '-w /etc/passwd']);
  });

  test('with isPrompt each packet is delivered at once', () => {
    expect(toolNamed('tcpdump').argumentsFor(PLAN)).not.toContain('-U');
    expect(toolNamed('tcpdump').argumentsFor({ ...PLAN, isPrompt: true })).toContain('-U');
  });
});

describe('errors of a capture', () => {
  test.each([
    [
      "tcpdump: eth0: You don't have permission to perform this capture on that device",
      'ERR_UNSUPPORTED',
      /needs root/,
    ],
    ['socket: Operation not permitted', 'ERR_UNSUPPORTED', /CAP_NET_RAW/],
    ['tcpdump: eth0: No such device exists', 'ERR_USAGE', /no device eth0 .* there are .*lo/],
    ["tcpdump: can't parse filter expression: syntax error", 'ERR_USAGE', /'udp port 51820' .* syntax error/],
    ['tcpdump: eth0: That device is not up', 'ERR_UNSUPPORTED', /not up/],
  ])('%s', (words, code, message) => {
    const refusal = captureRefusal(PLAN, 'tcpdump', words);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message);
    expect(refusal.message).not.toContain('\n');
  });
});

describe('the package pcap', () => {
  type Listener = (packet: { buf: Uint8Array; header: Uint8Array }) => void;

  /** A package whose packets come when told, and what was written. */
  function played(linkType: string, stats = { ps_recv: 2, ps_drop: 1, ps_ifdrop: 0 }) {
    let deliver: Listener = () => undefined;
    const written: Uint8Array[] = [];
    const state = { stopped: false, statistics: [] as LiveStatistics[], options: {} as object };
    const pcap: PcapPackage = {
      warningHandler: () => undefined,
      createSession: (_device, options) => {
        state.options = options;
        return {
          link_type: linkType,
          on: (_event, listener) => {
            deliver = listener;
          },
          stats: () => stats,
        };
      },
    };
    const output = {
      write: (octets: Uint8Array) => void written.push(octets.slice()),
      isStopped: () => state.stopped,
      ended: (statistics: LiveStatistics) => void state.statistics.push(statistics),
    };
    const packet = (second: number, octets: ArrayLike<number>, wireBytes = octets.length): void => {
      const header = new Uint8Array(16);
      const view = new DataView(header.buffer);
      [second, 0, octets.length, wireBytes].forEach((value, i) => {
        view.setUint32(4 * i, value, true);
      });
      // As the package does, in one large buffer for all.
      const buf = new Uint8Array(65_536);
      buf.set(octets);
      deliver({ buf, header });
    };
    return { state, written, packet, begin: () => PcapCapture.begin(pcap, PLAN, output) };
  }

  function begun(capture: PcapCapture | string): PcapCapture {
    if (typeof capture === 'string') throw new Error(capture);
    return capture;
  }

  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('writes a pcap file, up to the last packet that the kernel had when the capture was stopped', async () => {
    const { state, written, packet, begin } = played('LINKTYPE_RAW', { ps_recv: 4, ps_drop: 1, ps_ifdrop: 5 });
    const capture = begun(begin());
    packet(7, [1, 2, 3]);
    packet(8, [4, 5], 1400);
    const stopping = capture.stop();
    await turn();
    expect(state.statistics, 'one packet is still in the kernel').toEqual([]);
    packet(9, [6]);
    await stopping;
    const reader = new CaptureReader();
    for (const chunk of written) reader.push(chunk);
    reader.finish();
    const record = createCaptureRecord();
    const seen = [];
    while (reader.next(record) === 'record') {
      const { seconds, originalBytes, linkType, bytes, offset, capturedBytes } = record;
      seen.push({ seconds, originalBytes, linkType, octets: [...bytes.subarray(offset, offset + capturedBytes)] });
    }
    expect(reader.fault).toBeNull();
    expect(seen).toEqual([
      { seconds: 7, originalBytes: 3, linkType: 101, octets: [1, 2, 3] },
      { seconds: 8, originalBytes: 1400, linkType: 101, octets: [4, 5] },
      { seconds: 9, originalBytes: 1, linkType: 101, octets: [6] },
    ]);
    expect(state.statistics).toEqual([{ tool: 'pcap', received: 4, dropped: 1, droppedByDevice: 5 }]);
    expect(state.options).toMatchObject({ filter: PLAN.filter, snap_length: PLAN.snaplen });
  });

  test('does not wait for packets that never arrive', async () => {
    const { state, begin } = played('LINKTYPE_RAW', { ps_recv: 9, ps_drop: 0, ps_ifdrop: 0 });
    await begun(begin()).stop();
    expect(state.statistics).toHaveLength(1);
  });

  test('packets that arrive without a pause are written, and the capture can be stopped', () => {
    const stats = { ps_recv: 100, ps_drop: 0, ps_ifdrop: 0 };
    const { state, written, packet, begin } = played('LINKTYPE_ETHERNET', stats);
    begun(begin());
    const octets = new Uint8Array(60_000);
    const flood = (): void => {
      for (let i = 0; i < 100; i++) packet(1, octets);
    };
    flood();
    const bytes = written.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(bytes, 'but for one chunk').toBeGreaterThan(90 * octets.length);
    expect(state.statistics).toEqual([]);
    stats.ps_recv = 150;
    state.stopped = true;
    for (let i = 0; i < 40; i++) packet(1, octets);
    expect(state.statistics, 'some are still in the kernel').toEqual([]);
    flood();
    expect(state.statistics).toHaveLength(1);
    const count = written.length;
    flood();
    expect(written).toHaveLength(count);
  });

  test('a single packet is written in the next turn of the event loop', async () => {
    const { written, packet, begin } = played('LINKTYPE_ETHERNET');
    begun(begin());
    packet(1, [1]);
    expect(written).toHaveLength(1);
    await turn();
    expect(written.map(({ length }) => length)).toEqual([24, 17]);
  });

  test('returns a reason if it does not know the link type', () => {
    expect(played('Unknown linktype 276').begin()).toBe(
      'pcap does not know the packets of eth0 (Unknown linktype 276)',
    );
  });

  // As Node 20 words them.
  test.each([
    [{ code: 'ERR_MODULE_NOT_FOUND', message: "Cannot find package 'pcap' imported from x" }, 'pcap is not installed'],
    [
      { code: 'MODULE_NOT_FOUND', message: "Cannot find module './build/Release/pcap_binding'\nRequire stack:" },
      'pcap is installed but not built (npm rebuild pcap says why)',
    ],
    [
      { code: 'ERR_DLOPEN_FAILED', message: 'libpcap.so.0.8: cannot open shared object file' },
      'pcap does not load (libpcap.so.0.8: cannot open shared object file; npm rebuild pcap may help)',
    ],
  ])('%j', ({ code, message }, why) => {
    expect(whyNotLoaded(Object.assign(new Error(message), { code }))).toBe(why);
  });
});
