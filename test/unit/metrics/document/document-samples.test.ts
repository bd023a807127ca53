/** Metrics of documents: figures by hand, in base units, and none where nothing was measured. */
import { describe, expect, test } from 'vitest';
import { documentSamples } from '../../../../src/metrics/document/document-samples.ts';
import { isoNanos, isoSeconds } from '../../../../src/metrics/document/iso-time.ts';
import { failedLab, failedPath, failedResult } from '../../../../src/run/failed-run.ts';
import { labDocument } from '../../report/lab-samples.ts';
import { mtuResult } from '../../report/path/mtu-samples.ts';
import { pathDocument, trace } from '../../report/path/samples.ts';
import { bandwidth, comparison, documentOf, flow, latency, spec, udpFlow, viaPath } from '../../report/samples.ts';

type Document = Parameters<typeof documentSamples>[0];

/** `name{label=value,…} value` of each series. */
function lines(document: Document): string[] {
  return documentSamples(document).flatMap(({ name, series }) =>
    series.map(({ labels, value }) => {
      const text = Object.entries(labels).map(([key, label]) => `${key}=${label}`);
      return `${name}{${text.join(',')}} ${value}`;
    }),
  );
}
const about = (document: Document, name: string): string[] =>
  lines(document).filter((line) => line.startsWith(`${name}{`));
const HOST = 'target=203.0.113.7';

describe('of a client', () => {
  test('a bandwidth test: octets a second, segments, cause, processors', () => {
    expect(lines(documentOf({ title: 'a b' }))).toEqual([
      `winze_run_info{${HOST},title=a b,host=adit,version=0.1.0} 1`,
      // date -u -d 2026-05-04T10:20:30Z +%s
      `winze_run_start_timestamp_seconds{${HOST}} 1777890030.456`,
      `winze_probe_success{${HOST},module=run} 1`,
      `winze_probe_success{${HOST},module=bandwidth} 1`,
      `winze_goodput_bytes_per_second{${HOST},module=bandwidth,path=line,protocol=tcp,direction=upload} 1176250000`,
      `winze_retransmits{${HOST},module=bandwidth,path=line,protocol=tcp,direction=upload} 12`,
      `winze_limited_by_info{${HOST},module=bandwidth,path=line,protocol=tcp,direction=upload,cause=sender-cpu} 1`,
      `winze_cpu_ratio{${HOST},module=bandwidth,path=line,protocol=tcp,end=client,mode=user} 0.12`,
      `winze_cpu_ratio{${HOST},module=bandwidth,path=line,protocol=tcp,end=client,mode=system} 0.85`,
      `winze_cpu_ratio{${HOST},module=bandwidth,path=line,protocol=tcp,end=server,mode=user} 0.05`,
      `winze_cpu_ratio{${HOST},module=bandwidth,path=line,protocol=tcp,end=server,mode=system} 0.6`,
    ]);
  });

  test('a comparison has medians of rounds, sums of counts, and ratios of the tunnel', () => {
    const document = comparison();
    const at = (path: string): string => `${HOST},module=bandwidth,path=${path},protocol=tcp,direction=upload`;
    expect(about(document, 'winze_goodput_bytes_per_second')).toEqual([
      `winze_goodput_bytes_per_second{${at('line')}} 117500000`,
      `winze_goodput_bytes_per_second{${at('tunnel')}} 111875000`,
    ]);
    expect(about(document, 'winze_retransmits')).toEqual([
      `winze_retransmits{${at('line')}} 36`,
      `winze_retransmits{${at('tunnel')}} 36`,
    ]);
    expect(about(document, 'winze_goodput_ratio')).toEqual([`winze_goodput_ratio{${at('tunnel')}} 0.951`]);
    expect(about(document, 'winze_ceiling_ratio')).toEqual([`winze_ceiling_ratio{${at('tunnel')}} 0.955`]);
    expect(about(document, 'winze_probe_rtt_seconds').filter((line) => line.includes('stat=p50'))).toHaveLength(2);
    expect(documentSamples(document).flatMap(({ series }) => series).length).toBeLessThan(60);
  });

  test('several tunnels have their addresses as names', () => {
    const document = documentOf({
      paths: [...comparison().paths, viaPath({ name: 'fd00::2' })],
      tests: [bandwidth({ path: 'fd00::2' })],
    });
    expect(about(document, 'winze_goodput_bytes_per_second')[0]).toContain('path=fd00::2,');
  });

  test('UDP and latency: loss, jitter, delay, packets', () => {
    const document = documentOf({ tests: [bandwidth({ protocol: 'udp', flows: [udpFlow()] }), latency()] });
    const udp = `${HOST},module=bandwidth,path=line,protocol=udp,direction=upload`;
    const probes = `${HOST},module=latency,path=line,protocol=udp`;
    const all = lines(document);
    expect(all).toContain(`winze_packets_lost{${udp}} 268`);
    expect(all).toContain(`winze_packets_lost{${probes}} 12`);
    expect(all).toContain(`winze_probe_loss_ratio{${probes}} 0.012`);
    expect(all).toContain(`winze_probe_rtt_seconds{${probes},stat=p50} 0.000412`);
    expect(all).toContain(`winze_probe_rtt_seconds{${probes},stat=max} 0.00231`);
    expect(all).toContain(`winze_induced_delay_seconds{${udp},stat=mean} 0.00008`);
    expect(all).toContain(`winze_probe_late_ratio{${probes}} 0`);
  });

  test('a test of packets is a module of its own', () => {
    const packets = bandwidth({ config: spec({ figure: 'packets' }), flows: [flow({ packets_per_s: 81_000 })] });
    const document = documentOf({ tests: [packets] });
    expect(about(document, 'winze_packets_per_second')[0]).toMatch(/module=packets,.*\} 81000$/);
    expect(about(document, 'winze_goodput_bytes_per_second')).toEqual([]);
  });

  test('what was cut short has its success 0 and the reason, and no figures', () => {
    const error = { code: 'ERR_ABORTED', message: 'stopped by SIGINT' };
    const document = documentOf({
      complete: false,
      error,
      tests: [bandwidth({ complete: false, error }), latency()],
    });
    const all = lines(document).join('\n');
    expect(all).toContain(`winze_probe_success{${HOST},module=run} 0`);
    expect(all).toContain(`winze_probe_failure_info{${HOST},module=bandwidth,reason=stopped} 1`);
    expect(all).toContain(`winze_probe_success{${HOST},module=latency} 1`);
    expect(all).not.toMatch(/winze_goodput|winze_retransmits|winze_cpu/);
    expect(all).toContain('winze_probe_rtt_seconds');
  });

  test('figures that no end reported have no series', () => {
    const document = documentOf({
      tests: [bandwidth({ flows: [flow({ goodput_bps: null, tcp: null })], cpu: { client: null, server: null } })],
    });
    expect(lines(document).filter((line) => /goodput|retransmits|winze_cpu/.test(line))).toEqual([]);
  });
});

describe('of a run that has nothing', () => {
  const error = { code: 'ERR_CONNECT', message: 'h: connection refused' };
  test.each([
    ['client', failedResult({ startedAt: '2026-05-04T10:20:30Z', title: null, error }, { host: 'h', port: 1 })],
    ['probe', failedPath('2026-05-04T10:20:30Z', { title: null, target: { name: 'h', port: 1, url: null } }, error)],
    ['lab', failedLab({ startedAt: '2026-05-04T10:20:30Z', title: null, error })],
  ])('%s: that it failed, why and when', (_, document) => {
    expect(documentSamples(document).map(({ name }) => name)).toEqual([
      'winze_run_info',
      'winze_run_start_timestamp_seconds',
      'winze_probe_success',
      'winze_probe_failure_info',
    ]);
    expect(about(document, 'winze_probe_failure_info')[0]).toMatch(/module=run,reason=unreachable\} 1$/);
  });
});

describe('of a path', () => {
  test('hops, round trips, path MTU by direction, black hole', () => {
    const document = pathDocument({ tests: [trace(), mtuResult()] });
    const at = 'target=host.example,module=mtu,path=line,protocol=udp';
    expect(about(document, 'winze_path_hops')).toEqual([
      'winze_path_hops{target=host.example,module=mtr,path=line,protocol=udp} 4',
    ]);
    expect(about(document, 'winze_path_mtu_bytes')).toEqual([
      `winze_path_mtu_bytes{${at},direction=forward} 1400`,
      `winze_path_mtu_bytes{${at},direction=backward} 1387`,
    ]);
    expect(about(document, 'winze_path_black_hole')).toEqual([
      `winze_path_black_hole{${at},direction=forward} 0`,
      `winze_path_black_hole{${at},direction=backward} 1`,
    ]);
  });

  test('sources and families that are compared are told apart', () => {
    const document = pathDocument({
      tests: [
        trace(),
        trace({ source: { address: '10.0.0.1', device: 'wg0' } }),
        trace({ family: 6 }),
        trace({ via: '10.0.0.2' }),
      ],
    });
    expect(about(document, 'winze_path_hops').map((line) => /path=([^,]*)/.exec(line)?.[1])).toEqual([
      'line eth0 ipv4',
      'line wg0 ipv4',
      'line eth0 ipv6',
      'tunnel ipv4',
    ]);
  });
});

test('of a lab: each row by its name, idle and under load', () => {
  const document = labDocument();
  const names = document.rows.map(({ name }) => (name === 'plain' ? 'line' : name));
  const goodput = about(document, 'winze_goodput_bytes_per_second').filter((line) => line.includes('protocol=tcp'));
  expect(goodput.map((line) => /path=([^,]*)/.exec(line)?.[1])).toEqual(names);
  const [plain] = document.rows;
  expect(goodput[0]?.split(' ').at(-1)).toBe(String((plain?.tcp_goodput_bps ?? Number.NaN) / 8));
  expect(lines(document).join('\n')).toMatch(/winze_probe_rtt_seconds\{.*phase=load/);
});

test('foreign text is one visible line of bounded length', () => {
  const [info] = documentSamples(documentOf({ title: `a\nb\x1b[31m\u202e${'x'.repeat(500)}` }));
  const title = info?.series[0]?.labels.title ?? '';
  expect(title).toMatch(/^a\\nb\\x1b\[31m\\u\{202e\}x+…$/);
  expect(title.length).toBeLessThanOrEqual(200);
});

test.each([
  '2026-05-04T10:20:30.456Z',
  '1970-01-01T00:00:00Z',
  '2000-02-29T23:59:59.999999999Z',
  '2100-03-01T00:00:00Z',
])('the time %s is that of Date', (text) => {
  expect(isoSeconds(text)).toBeCloseTo(Date.parse(text) / 1000, 2);
  expect(isoNanos(text)?.slice(0, -6)).toBe(String(Date.parse(text)).replace(/^0$/, ''));
});

test.each(['', 'now', '2026-13-01T00:00:00Z', '2026-05-04T10:20:30+02:00', null])('%j is no time', (text) => {
  expect([isoSeconds(text), isoNanos(text)]).toEqual([null, null]);
});
