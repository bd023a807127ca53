/**
 * UDP at 500 Mbit/s asked with -b: how near the receiver's rate comes, and what is lost.
 *
 * @module
 */
import { spread } from './lib/figures.mjs';
import { winzeClient, winzeServer } from './lib/processes.mjs';

/** @param {{ rounds: number, seconds: number }} options */
export async function pacing({ rounds, seconds }) {
  const server = await winzeServer(8798);
  const errors = [];
  let lost = 0;
  let sent = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const { tests } = await winzeClient(8798, ['-p', 'udp', '-b', '500M', '-d', String(seconds)]);
      const [flow] = tests[0].flows;
      errors.push(Math.abs(flow.goodput_bps / 500e6 - 1) * 100);
      lost += flow.packets_lost;
      sent += flow.packets_sent;
    }
  } finally {
    await server.stop();
  }
  const reached = Math.max(...errors) < 1 && lost === 0;
  return [
    `UDP -b 500M: rate error ${spread(errors, 3)} %, lost ${lost} of ${sent}, target < 1 % and 0 ${reached ? 'reached' : 'MISSED'}`,
  ];
}
