/**
 * Debian's Prometheus scrapes a server, an exporter and its probes as docs/dashboards has it, and answers every query of the
 * dashboard. promtool reads what they write.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './support/commands.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelLab } from './support/tunnel-lab.ts';
import { BIN } from './support/winze.ts';

const DASHBOARDS = join(import.meta.dirname, '../../docs/dashboards');
const skipped = missingPeers(['ip', 'wireguard-go', 'wg', 'prometheus', 'promtool']);

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Ports that are free now. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  return servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
}

function promtool(argv: readonly string[], input = ''): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync('promtool', argv, { cwd: DASHBOARDS, input, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

describe.skipIf(skipped)('Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-prometheus-'));
  const lab = new TunnelLab();
  const children: ChildProcess[] = [];
  let [server, metrics, exporter, prometheus] = [0, 0, 0, 0];
  let device = '';

  function start(program: string, argv: readonly string[]): void {
    children.push(spawn(program, argv, { stdio: 'ignore' }));
  }

  async function query(expression: string): Promise<readonly Sample[]> {
    const answer = await fetch(`http://127.0.0.1:${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as { readonly data?: { readonly result: readonly Sample[] } };
    return data?.result ?? [];
  }

  beforeAll(async () => {
    lab.create();
    const tunnel = await lab.tunnel({ ends: { near: 'wireguard-go', far: 'wireguard-go' } });
    await lab.reach('near', tunnel.inside.far[4]);
    device = tunnel.near.device;
    [server = 0, metrics = 0, exporter = 0, prometheus = 0] = await freePorts(4);
    start(process.execPath, [
      BIN,
      '-s',
      '-port',
      String(server),
      '--metrics',
      String(metrics),
      '-q',
      '--no-host-facts',
    ]);
    const modules = join(DASHBOARDS, 'modules.yml');
    start(process.execPath, [BIN, 'exporter', '--config', modules, '--listen', String(exporter)]);
    const config = readFileSync(join(DASHBOARDS, 'prometheus.yml'), 'utf8')
      .replaceAll(':9889', `:${metrics}`)
      .replaceAll(':9890', `:${exporter}`)
      .replaceAll(':8888', `:${server}`)
      .replace('scrape_interval: 60s', 'scrape_interval: 15s')
      .replace('scrape_timeout: 30s', 'scrape_timeout: 14s')
      .replace('scrape_interval: 4m', 'scrape_interval: 15s');
    writeFileSync(join(folder, 'prometheus.yml'), config);
    writeFileSync(join(folder, 'winze.rules.yml'), readFileSync(join(DASHBOARDS, 'winze.rules.yml')));
    const listen = `--web.listen-address=127.0.0.1:${prometheus}`;
    start('prometheus', [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, listen]);
    const isUp = async (): Promise<boolean> => {
      const samples = await query('up').catch(() => []);
      return samples.length === 7 && samples.every(({ value }) => value[1] === '1');
    };
    await until('all of it is scraped', isUp, 90_000);
    // A rate needs two scrapes.
    await until(
      'each job has two scrapes',
      async () => (await query('count_over_time(up[5m]) >= 2')).length === 7,
      90_000,
    );
  }, 240_000);

  afterAll(async () => {
    for (const child of children) child.kill();
    await lab.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  test('promtool takes the rules, their staged series and the configuration', () => {
    for (const argv of [
      ['check', 'rules', 'winze.rules.yml'],
      ['test', 'rules', 'winze.rules.test.yml'],
      ['check', 'config', 'prometheus.yml'],
    ]) {
      const { status, text } = promtool(argv);
      expect(status, text).toBe(0);
    }
  });

  test('promtool finds nothing to say about any exposition', async () => {
    const probes = ['latency', 'mtu', 'path', 'tunnel&via=127.0.0.2', 'ping'].map(
      (module) => `${exporter}/probe?target=127.0.0.1:${module === 'ping' ? 1 : server}&module=${module}`,
    );
    // One that fails has a text of its own.
    const failed = `${exporter}/probe?target=127.0.0.1:1&module=latency`;
    for (const path of [`${metrics}/metrics`, `${exporter}/metrics`, ...probes, failed]) {
      const text = await (await fetch(`http://127.0.0.1:${path}`)).text();
      expect(text, path).toContain('winze_');
      expect(promtool(['check', 'metrics'], text), path).toEqual({ status: 0, text: '' });
    }
  });

  test('every query of the dashboard has data', async () => {
    const board = JSON.parse(readFileSync(join(DASHBOARDS, 'winze.json'), 'utf8')) as {
      readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
    };
    const queries = board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(queries.length).toBeGreaterThan(15);
    for (const { title, expr } of queries) {
      const samples = await query(expr.replaceAll('$target', '.*'));
      expect(samples.length, `${title}: ${expr}`).toBeGreaterThan(0);
    }
  });

  test('no rule fails, and the figures are those of the tools beside it', async () => {
    expect(await query('prometheus_rule_evaluation_failures_total > 0')).toEqual([]);
    // Of the loopback device, by ip(8).
    const lo = JSON.parse(spawnSync('ip', ['-json', 'link', 'show', 'lo'], { encoding: 'utf8' }).stdout) as {
      readonly mtu: number;
    }[];
    const mtu = await query('winze_path_mtu_bytes{direction="forward"}');
    expect(mtu.map(({ value }) => Number(value[1]))).toEqual([Math.min(65_535, lo[0]?.mtu ?? 0)]);
    // Of the tunnel, by wg(8).
    const [, , handshake] =
      /^(\S+)\t(\S+)$/m.exec(spawnSync('wg', ['show', device, 'latest-handshakes'], { encoding: 'utf8' }).stdout) ?? [];
    const told = await query(`winze_tunnel_last_handshake_timestamp_seconds{device="${device}"}`);
    expect(told.map(({ value }) => Math.floor(Number(value[1])))).toEqual([Number(handshake)]);
    const sent = await query('winze_packets_sent_total{job="winze-latency"}');
    expect(Number(sent[0]?.value[1])).toBeGreaterThanOrEqual(200);
    // Of one scrape: each test of a bandwidth probe has two mebibytes, and one may be under way.
    const [payload] = await query('winze_server_payload_bytes_total{protocol="tcp",direction="receive"}');
    const [ended] = await query('winze_server_tests_total{kind="bandwidth",protocol="tcp",outcome="complete"}');
    const [tests, mebibytes] = [Number(ended?.value[1]), Number(payload?.value[1]) / 2 ** 20];
    expect(tests).toBeGreaterThan(0);
    expect(mebibytes).toBeGreaterThanOrEqual(2 * tests);
    expect(mebibytes).toBeLessThanOrEqual(2 * tests + 2);
  });
});
