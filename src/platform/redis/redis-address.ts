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

export function parseRedisAddress(url: string): RedisAddress {
  const many = /^redis\+(cluster|sentinel):\/\/(?:([^:@/]*):([^@/]*)@)?([^/]+)(?:\/(.+))?$/.exec(url);
  if (!many) return { kind: 'server', url };
  const [, kind, username, password, hosts = '', name = ''] = many;
  const login = { ...(username ? { username: decodeURIComponent(username) } : {}), ...(password ? { password: decodeURIComponent(password) } : {}) };
  const nodes = hosts.split(',');
  if (kind === 'cluster') return { kind, nodes: nodes.map((node) => `redis://${node}`), ...login };
  return {
    kind: 'sentinel',
    name,
    sentinels: nodes.map((node) => {
      const { hostname, port } = new URL(`redis://${node}`);
      return { host: hostname, port: Number(port || 26_379) };
    }),
    ...login,
  };
}
