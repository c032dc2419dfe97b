/** nginx's upstreams by names that are asked for anew, in the words of `renderUpstreams`, which knows addresses that stay. */
import { expect } from '@jest/globals';

export function asRendered(upstreams: string): string {
  const [resolver, patience, ...rest] = upstreams.split('\n');
  expect(resolver).toMatch(/^resolver \S+ valid=2s;$/);
  // Who got no answer asks again after this: 30 s by default.
  expect(patience).toBe('resolver_timeout 2s;');
  // An address that may change is looked up into memory that all workers share.
  const servers = rest.filter((line) => line.includes('server '));
  for (const line of servers) expect(line).toMatch(/server \S+:\d+ resolve( max_fails=1 fail_timeout=1s)?;/);
  for (const line of servers.filter((each) => each.startsWith('upstream'))) expect(line).toMatch(/^upstream (\w+) \{ zone \1 64k; /);
  return rest.join('\n').replace(/ zone \w+ 64k;| resolve\b/g, '');
}
