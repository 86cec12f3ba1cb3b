import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './node/store/postgres/schema.ts',
  out: './drizzle/postgres',
});
