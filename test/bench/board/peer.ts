import Fastify from 'fastify';
import pg from 'pg';
import { statements, type StatementName } from './statements.js';

/** What the peer is asked: which statement, and its parameters. */
export interface PeerQuestion {
  statement: StatementName;
  values: unknown[];
}

/**
 * The limit that the board is measured against: a bare Fastify route, one prepared statement, the answer
 * handed on as PostgreSQL made it. No token, no validation, no GraphQL. A process of its own.
 */
const app = Fastify();
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL!, max: 10 });
app.post('/', async (request, reply) => {
  const { statement, values } = request.body as PeerQuestion;
  const { rows } = await pool.query<{ json: string }>({ name: statement, text: statements[statement], values });
  return reply.type('application/json; charset=utf-8').send(rows[0]!.json);
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.send!(address);
process.once('disconnect', () => process.exit());
