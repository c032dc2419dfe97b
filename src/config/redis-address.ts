/**
 * What `REDIS_URL` may say: one server, a cluster, or a primary that sentinels know.
 *
 *   redis://host:6379                          one server (rediss: with TLS)
 *   redis+cluster://a:7000,b:7000,c:7000       a cluster, by any of its nodes
 *   redis+sentinel://a:26379,b:26379/mymaster  the primary of that name
 *
 * `user:password@` stands before the first host, for all of them.
 */
export type RedisAddress =
  | { kind: 'server'; url: string }
  | { kind: 'cluster'; nodes: string[]; username?: string; password?: string }
  | { kind: 'sentinel'; name: string; sentinels: { host: string; port: number }[]; username?: string; password?: string };

/** Throws unless it can be used as it stands: a port that is none would be tried for ever, a stray % end the boot later. */
export function parseRedisAddress(url: string): RedisAddress {
  const many = /^redis\+(cluster|sentinel):\/\/(?:([^:@/]*):([^@/]*)@)?([^/]+)(?:\/(.+))?$/.exec(url);
  if (!many) return { kind: 'server', url: checkedServer(url) };
  const [, kind, username, password, hosts = '', name = ''] = many;
  const login = { ...(username ? { username: decodeURIComponent(username) } : {}), ...(password ? { password: decodeURIComponent(password) } : {}) };
  // A URL has one host: of several, each is one by itself.
  const nodes = hosts.split(',').map((node) => `redis://${node}`);
  const parts = nodes.map(partsOf);
  if (kind === 'cluster') return { kind, nodes, ...login };
  return { kind: 'sentinel', name, sentinels: parts.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 26_379) })), ...login };
}

function partsOf(url: string): URL {
  const parts = new URL(url);
  if (parts.hostname === '') throw new Error('a host is missing');
  return parts;
}

function checkedServer(url: string): string {
  const { pathname, username, password } = partsOf(url);
  if (!/^\/?\d*$/.test(pathname)) throw new Error('a database is a number');
  decodeURIComponent(username + password);
  return url;
}
