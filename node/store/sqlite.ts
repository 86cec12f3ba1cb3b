/**
 * The better-sqlite3 that works on this Node. 13 brings binaries for every platform and needs
 * Node-API 10 (Node 22.14 and newer); on an older Node it crashes when a database is opened, so
 * 12, compiled for that Node, stands beside it.
 */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

const NAPI = Number(process.versions.napi);
const name = NAPI >= 10 ? 'better-sqlite3' : 'better-sqlite3-node20';

export const Database = createRequire(import.meta.url)(name) as typeof BetterSqlite3;
export type Database = BetterSqlite3.Database;
