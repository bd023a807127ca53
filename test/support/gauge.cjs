/**
 * Preloaded into a process (`--require`): on SIGUSR2 it writes to $WINZE_TEST_GAUGE, as JSON, how much of its heap is in
 * use after a collection, and the most processor time that its main thread used without a look at its timers since
 * the last signal. What other programs of the machine take is not in it.
 */
const { writeFileSync, readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  /** Processor time of this thread in ns, by the scheduler. */
  const used = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]);
  let last = used();
  let worst = 0;
  const look = () => {
    const now = used();
    worst = Math.max(worst, now - last);
    last = now;
  };
  setInterval(look, 1).unref();
  process.on('SIGUSR2', () => {
    look();
    const turnMs = worst / 1e6;
    collect();
    collect();
    const heapMb = process.memoryUsage().heapUsed / 1e6;
    writeFileSync(process.env.WINZE_TEST_GAUGE ?? '', JSON.stringify({ heapMb, turnMs }));
    last = used();
    worst = 0;
  });
}
