#!/usr/bin/env node
// A WireGuard implementation in userspace for wg-quick(8), which takes the name of a program that is called with the
// name of the device, and returns when that is there: WG_QUICK_USERSPACE_IMPLEMENTATION=winze-wireguard wg-quick up wg0
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { run } from '../dist/bundle/winze.js';

const FOREGROUND = ['-f', '--foreground'];
const words = process.argv.slice(2);
const rest = words.filter((word) => !FOREGROUND.includes(word));
const daemon = rest.length === words.length ? ['--daemon'] : [];
// What goes on beside the caller is started as winze itself.
const winze = fileURLToPath(new URL('winze.js', import.meta.url));
process.argv = [process.argv[0] ?? '', winze, 'tunnel', 'device', ...daemon, ...rest];

await run();
