import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { PORTKEY_VERSION, portkeyFolder } from './portkey.ts';

/** `node bench/peers/get-portkey.ts`: installs the peer from npm into the cache, and says where it lies. */
function main(): void {
  const folder = portkeyFolder();
  mkdirSync(folder, { recursive: true });
  const setUp = {
    private: true,
    dependencies: { '@portkey-ai/gateway': PORTKEY_VERSION },
    // Portkey takes any 1.x of it; from 1.14.2 on, its streams answer 500 (Portkey's issue 1389).
    overrides: { '@hono/node-server': '1.14.1' },
  };
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(setUp, null, 2)}\n`);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  process.stderr.write(`Portkey ${PORTKEY_VERSION} lies in ${folder}.\n`);
}

main();
