/**
 * A server of HTTPS on port 8443 that answers 20 ms after the request, and ends its body 20 ms after it began.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PAUSE_MS = 20;

const folder = mkdtempSync(join(tmpdir(), 'wz-https-'));
const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=far'];
execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
const options = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
rmSync(folder, { recursive: true });

createServer(options, (_request, response) => {
  setTimeout(() => {
    response.writeHead(200, { 'content-length': '10000' });
    response.write('x'.repeat(5000));
    setTimeout(() => response.end('y'.repeat(5000)), PAUSE_MS);
  }, PAUSE_MS);
}).listen(8443, '0.0.0.0', () => console.log('listening'));
