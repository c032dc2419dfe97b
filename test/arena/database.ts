/**
 * A database of its own for a test file, cloned from the migrated template of
 * the run's PostgreSQL (test/global-setup.mjs owns that one).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** PostgreSQL's `object_in_use`: another worker clones the template right now. */
const OBJECT_IN_USE = '55006';
const TRIES = 100;

function adminUrl(): string {
  const url = process.env['GRANDSTAND_TEST_POSTGRES'];
  if (url === undefined) throw new Error('GRANDSTAND_TEST_POSTGRES is not set: run the tests with `npm test`');
  return url;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client(adminUrl());
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await administer(`create database ${name} template grandstand_template`);
      break;
    } catch (error) {
      const busy = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
      if (!busy || attempt === TRIES) throw error;
      await wait(20 + Math.random() * 30);
    }
  }
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => administer(`drop database if exists ${name} with (force)`),
  };
}
