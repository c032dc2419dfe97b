/**
 * Fills in the repository's nginx.conf: the address to listen on, and the
 * instances with their numbers. Docker fills in the same template; tests compare
 * what docker-compose.yml and deploy/kubernetes.yaml say with what is rendered here.
 */
import { readFileSync } from 'node:fs';

/** Beside both src/ and dist/. */
const TEMPLATE = new URL('../../nginx.conf', import.meta.url);

/** `addresses[0]` is instance 1: it begins its session ids with "1.". */
export function renderUpstreams(addresses: readonly string[]): string {
  const numbered = addresses.map((address, index) => ({ address, number: String(index + 1) }));
  return [
    'upstream grandstand {',
    '    zone grandstand 256k;',
    '    least_conn;',
    ...numbered.map(({ address }) => `    server ${address} max_fails=1 fail_timeout=1s;`),
    '    keepalive 64;',
    '    keepalive_timeout 30s;',
    '}',
    ...numbered.map(({ address, number }) => `upstream grandstand_${number} { server ${address}; keepalive 16; }`),
    'map $arg_sid $grandstand_route {',
    '    default grandstand;',
    ...numbered.map(({ number }) => `    "~^${number}\\." grandstand_${number};`),
    '}',
    '',
  ].join('\n');
}

export function renderNginxConfig(listen: string, addresses: readonly string[]): string {
  const values: Record<string, string> = {
    GRANDSTAND_LISTEN: listen,
    GRANDSTAND_UPSTREAMS: renderUpstreams(addresses),
  };
  // As envsubst does it, which knows no comments: none may spell a placeholder.
  return readFileSync(TEMPLATE, 'utf8').replace(/\$\{(GRANDSTAND_[A-Z]+)\}/g, (_, name: string) => values[name] ?? '');
}
