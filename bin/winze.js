#!/usr/bin/env node
import { run } from '../dist/bundle/winze.js';

await run();
