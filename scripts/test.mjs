// `npm test`: installs and builds what is missing, then runs jest; arguments go on to it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './lock.mjs';

try {
  await install();
  await build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
// Jest's support for ES modules is behind Node's flag; the warning about it says nothing new.
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
// In CI a failed test that left a server open must end in a report, not hang.
const exit = process.env.CI === undefined ? [] : ['--forceExit'];
const child = spawn(process.execPath, [...flags, jest, ...exit, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
