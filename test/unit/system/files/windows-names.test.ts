import { expect, test } from 'vitest';
import { forbiddenInWindowsName, windowsDevice } from '../../../../src/system/files/windows-names.ts';

// Microsoft, "Naming Files, Paths, and Namespaces": reserved names, reserved characters, the Win32 device namespace.
test.each([
  ['NUL', 'NUL'],
  ['C:\\logs\\nul', 'nul'],
  ['a/Con', 'Con'],
  ['COM1', 'COM1'],
  ['lpt9', 'lpt9'],
  ['\\\\.\\NUL', 'NUL'],
  ['\\\\.\\pipe\\x', 'pipe\\x'],
])('%s is a device', (path, device) => {
  expect(windowsDevice(path)).toBe(`\\\\.\\${device}`);
});

test.each(['null', 'nul.json', 'com0', 'C:\\con\\x.json', 'result', '\\\\server\\share\\x', ''])(
  '%j leads to a file',
  (path) => {
    expect(windowsDevice(path)).toBeNull();
  },
);

test.each([
  ['a?b.json', '?'],
  ['C:\\out\\a*.json', '*'],
  ['x.json:stream', ':'],
  ['12:30.json', ':'],
  ['a\tb', '\t'],
])('%j has a forbidden character', (path, character) => {
  expect(forbiddenInWindowsName(path)).toBe(character);
});

test.each(['C:\\out file\\a b.json', 'C:x.json', 'Z:/a/b.json', '\\\\?\\C:\\a.json', "it's (1) ü.json"])(
  '%j is a name',
  (path) => {
    expect(forbiddenInWindowsName(path)).toBeNull();
  },
);
