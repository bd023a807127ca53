import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../../src/capture/file/capture-reader.ts';
import { createCaptureRecord } from '../../../../src/capture/record.ts';
import { captureRefusal } from '../../../../src/run/capture/live/capture-refusal.ts';
import { CAPTURE_TOOLS } from '../../../../src/run/capture/live/capture-tool.ts';
import type { LivePlan } from '../../../../src/run/capture/live/live-source.ts';
import { type PcapPackage, startPcap } from '../../../../src/run/capture/live/pcap-source.ts';

const PLAN: LivePlan = { device: 'eth0', filter: 'udp port 51820', snaplen: 96, isPrompt: false };
const toolNamed = (name: string) => {
  const tool = CAPTURE_TOOLS.find(({ program }) => program === name);
  if (!tool) throw new Error(`no ${name}`);
  return tool;
};

describe('what the programs say at the end', () => {
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

  test.each(['tcpdump', 'dumpcap'])('%s that was killed says nothing: then nothing is known', (name) => {
    expect(toolNamed(name).statisticsOf('')).toEqual({
      tool: name,
      received: null,
      dropped: null,
      droppedByDevice: null,
    });
  });
});

describe('what the programs are told', () => {
  test('a filter is never an option', () => {
    const plan = { ...PLAN, filter: '-w /etc/passwd' };
    expect(toolNamed('tcpdump').argumentsFor(plan).slice(-2)).toEqual(['--', '-w /etc/passwd']);
    expect(toolNamed('dumpcap').argumentsFor(plan).slice(-2)).toEqual(['-f', '-w /etc/passwd']);
  });

  test('who watches gets each packet at once', () => {
    expect(toolNamed('tcpdump').argumentsFor(PLAN)).not.toContain('-U');
    expect(toolNamed('tcpdump').argumentsFor({ ...PLAN, isPrompt: true })).toContain('-U');
  });
});

describe('why there is no capture', () => {
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

  function packageWith(linkType: string, stats = { ps_recv: 2, ps_drop: 1, ps_ifdrop: 0 }) {
    let deliver: Listener = () => undefined;
    let closed = 0;
    const pcap: PcapPackage = {
      warningHandler: () => undefined,
      createSession: () => ({
        link_type: linkType,
        on: (_event, listener) => {
          deliver = listener;
        },
        stats: () => stats,
        close: () => {
          closed++;
        },
      }),
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
    return { pcap, packet, closed: () => closed };
  }

  test('gives a pcap file, to the last packet before it was stopped', async () => {
    const { pcap, packet, closed } = packageWith('LINKTYPE_RAW');
    const source = await startPcap(PLAN, async () => pcap);
    if (!source) throw new Error('no source');
    packet(7, [1, 2, 3]);
    packet(8, [4, 5], 1400);
    source.stop();
    const reader = new CaptureReader();
    for await (const chunk of source.chunks) reader.push(chunk);
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
    ]);
    expect(source.statistics()).toEqual({ tool: 'pcap', received: 2, dropped: 1, droppedByDevice: 0 });
    expect(closed()).toBe(1);
  });

  test('is closed when the packets are not wanted any more', async () => {
    const { pcap, packet, closed } = packageWith('LINKTYPE_ETHERNET');
    const source = await startPcap(PLAN, async () => pcap);
    packet(7, [1]);
    for await (const _ of source?.chunks ?? []) break;
    expect(closed()).toBe(1);
  });

  test('packets that nobody takes are dropped and counted, not kept', async () => {
    const { pcap, packet } = packageWith('LINKTYPE_ETHERNET', { ps_recv: 9, ps_drop: 0, ps_ifdrop: 0 });
    const source = await startPcap(PLAN, async () => pcap);
    const octets = new Uint8Array(65_000);
    for (let i = 0; i < 1200; i++) packet(1, octets);
    source?.stop();
    expect(source?.statistics().dropped).toBeGreaterThan(100);
  });

  test('is left alone where it does not know the link type, or is not installed', async () => {
    const { pcap, closed } = packageWith('Unknown linktype 276');
    expect(await startPcap(PLAN, async () => pcap)).toBeNull();
    expect(closed()).toBe(1);
    expect(await startPcap(PLAN, async () => null)).toBeNull();
  });

  test("refuses in the words of libpcap's error", async () => {
    const pcap: PcapPackage = {
      warningHandler: () => undefined,
      createSession: () => {
        throw new Error('No such device exists');
      },
    };
    await expect(startPcap(PLAN, async () => pcap)).rejects.toThrow(/there is no device eth0/);
  });
});
