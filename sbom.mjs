/**
 * What is in the package that is not ours, for audits, which see nothing of what is bundled: a bill of materials in the
 * format CycloneDX 1.6. Versions, licenses and hashes are those of the lock file. The same input gives the same octets.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 * @module
 */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * @param {string} root - folder of the project
 * @param {Iterable<string>} bundled - folders of the packages whose code is in the bundle
 */
export function sbomOf(root, bundled) {
  const { packages, name, version } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const inside = [...bundled].map((folder) => relative(root, folder).split(sep).join('/'));
  const components = [
    ...inside.sort().map((path) => componentOf(packages, path, 'required')),
    ...installedWith(packages).map((path) => componentOf(packages, path, 'optional')),
  ];
  const own = {
    type: 'application',
    'bom-ref': `pkg:npm/${name}@${version}`,
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...own, licenses: [{ license: { id: packages[''].license } }] } },
    components,
    dependencies: [{ ref: own['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) }],
  };
}

/** What npm puts beside the package where it can, and what that brings: the binary for each platform. */
function installedWith(packages) {
  const direct = Object.keys(packages[''].optionalDependencies ?? {});
  const more = direct.flatMap((name) => Object.keys(packages[`node_modules/${name}`]?.optionalDependencies ?? {}));
  return [...direct, ...more].map((name) => `node_modules/${name}`);
}

/** @param {string} path - as the lock file has it, `node_modules/NAME` */
function componentOf(packages, path, scope) {
  const { version, license, integrity } = packages[path] ?? {};
  if (!version || !license || !integrity?.startsWith('sha512-'))
    throw new Error(`the lock file has no facts of ${path}`);
  const name = path.replace(/^.*node_modules\//, '');
  const [last, group] = name.split('/').reverse();
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group && { group }),
    name: last,
    version,
    scope,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex') }],
    licenses: [{ license: { id: license } }],
    purl,
  };
}
