/**
 * The median round trip of a UDP probe every millisecond, in turn with ping on the same path.
 *
 * @module
 */
import { median, spread } from './lib/figures.mjs';
import { isInstalled, run, winzeClient, winzeServer } from './lib/processes.mjs';

const ALLOWANCE_US = 30;

/** @param {{ rounds: number, seconds: number }} options */
export async function latency({ rounds, seconds }) {
  if (!(await isInstalled('ping').catch(() => false)) && !(await pingWorks())) {
    return ['ping is missing or not permitted: nothing to compare with (apt-get install iputils-ping)'];
  }
  const server = await winzeServer(8798);
  const ours = [];
  const theirs = [];
  let kept = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const { tests } = await winzeClient(8798, ['-t', 'l', '-g', '1ms', '-d', String(seconds)]);
      ours.push(tests[0].rtt_ns.p50 / 1e3);
      kept += tests[0].schedule.kept ? 1 : 0;
      theirs.push(await pingMedian(seconds));
    }
  } finally {
    await server.stop();
  }
  const added = ours.map((us, i) => us - theirs[i]);
  const reached = median(added) <= ALLOWANCE_US;
  return [
    `UDP probe every 1 ms: p50 ${spread(added, 1)} us above ping, target ${ALLOWANCE_US} ${reached ? 'reached' : 'MISSED'}`,
    `  winze ${spread(ours, 1)} us, schedule kept in ${kept} of ${rounds} rounds; ping ${spread(theirs, 1)} us`,
  ];
}

async function pingWorks() {
  return run('ping', ['-c', '1', '127.0.0.1']).then(
    () => true,
    () => false,
  );
}

/** Median of the single answers: ping itself prints only the mean. @param {number} seconds */
async function pingMedian(seconds) {
  const out = await run('ping', ['-i', '0.002', '-c', String(seconds * 500), '127.0.0.1']);
  return median([...out.matchAll(/time=([\d.]+) ms/g)].map((match) => Number(match[1]) * 1000));
}
