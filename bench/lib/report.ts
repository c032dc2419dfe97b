/** What a benchmark prints, and keeps when asked: Markdown, with the machine it ran on. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['socket.io', '@socket.io/redis-adapter', 'ws', '@redis/client'];

function firstLine(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
}

const versionOf = (name: string): string => {
  const path = join('node_modules', name, 'package.json');
  return existsSync(path) ? `${name} ${(JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version}` : name;
};

/** Machine, versions, command, date. */
export function header(title: string, command: string): string[] {
  const processors = cpus();
  const redis = /v=(\S+)/.exec(firstLine('redis-server', ['--version']))?.[1] ?? 'unknown';
  return [
    `# ${title}`,
    '',
    `- machine: ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`,
    `- versions: Node ${process.version}, ${PACKAGES.map(versionOf).join(', ')}, Redis ${redis}; commit ${firstLine('git', ['rev-parse', '--short', 'HEAD'])}`,
    `- command: \`${command}\``,
    `- date: ${new Date().toISOString()}`,
    '',
  ];
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`), ''];
}

/** Prints the result; keeps it below bench/results/ only when asked. */
export function publish(name: string, lines: readonly string[], save: boolean): void {
  const text = `${lines.join('\n').trimEnd()}\n`;
  console.log(`\n${text}`);
  if (!save) return;
  const folder = join('bench', 'results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${new Date().toISOString().slice(0, 10)}.md`);
  writeFileSync(path, text);
  console.log(`kept in ${path}`);
}

const begun = Date.now();
/** A line of progress, with the seconds since the start. */
export function say(line: string): void {
  console.error(`[${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s] ${line}`);
}
