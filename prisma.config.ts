/** What the `prisma` command needs to know when someone runs it by hand; the server itself never reads this. */
import { defineConfig } from 'prisma/config';

const { DATABASE_URL } = process.env;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Left out rather than read with env(): `prisma generate` has to work where there is no database.
  ...(DATABASE_URL ? { datasource: { url: DATABASE_URL } } : {}),
});
