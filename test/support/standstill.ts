/** Makes a part stand still, as a host that swaps or a paused container does: connections stay open, nothing answers. */
import { readdirSync, readFileSync } from 'node:fs';

/** PostgreSQL's backends lead groups of their own: they are found as the children of their postmaster. */
function familyOf(parent: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === parent);
  return [parent, ...children];
}

function parentOf(pid: number): number | undefined {
  try {
    // The name, in brackets, may hold blanks: what follows it is the state, then the parent.
    return Number(readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Returns how to let it go on. */
export function standStill(pid: number): () => void {
  const family = familyOf(pid);
  for (const member of family) process.kill(member, 'SIGSTOP');
  return () => {
    for (const member of family.reverse()) process.kill(member, 'SIGCONT');
  };
}
