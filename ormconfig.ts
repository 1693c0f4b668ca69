import 'reflect-metadata';
import { createDataSource } from './src/storage/data-source.js';

/** For the TypeORM command line, run through `npm run typeorm -- migration:…`. */
const url = process.env['DATABASE_URL'];
if (!url) throw new Error('DATABASE_URL: is not set; the TypeORM command line needs a real Postgres');

export default createDataSource({ url }, { poolSize: 2, connectTimeoutMs: 5000, statementTimeoutMs: 600_000 });
