import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { projectedName, removedName } from '../events/live.js';
import { everyone } from './feed.js';

/** What follows the feed at a position of its own, behind the projector. */
export function follower(name: string) {
  return {
    /** How far it is; locks that until the transaction ends, so that one process follows at a time. It begins where the projector is. */
    async position(tx: Transaction): Promise<{ position: number; projected: number }> {
      await sql`
        insert into projection (name, position) select ${name}, coalesce((select position from projection where name = ${projectedName}), 0)
        on conflict do nothing`.execute(tx);
      const { position } = await tx.selectFrom('projection').select('position').where('name', '=', name).forUpdate().executeTakeFirstOrThrow();
      const projected = await tx.selectFrom('projection').select('position').where('name', '=', projectedName).executeTakeFirst();
      return { position, projected: projected?.position ?? 0 };
    },

    async keepPosition(tx: Transaction, position: number): Promise<void> {
      await tx.updateTable('projection').set({ position }).where('name', '=', name).execute();
    },

    /** Whether the feed no longer goes back so far. */
    async isCutOff(tx: Transaction, after: number): Promise<boolean> {
      const removed = await tx.selectFrom('projection').select('position').where('name', '=', removedName).executeTakeFirst();
      return removed !== undefined && after < removed.position;
    },
  };
}

/** The position at which a page of the feed ends: all rows of the last position are in it, however many, for a batch tells of records at one position. */
export function endOfPage(after: number, upTo: number, limit: number) {
  return sql`select max(position) as position from (select position from feed where key = ${everyone} and position > ${after} and position <= ${upTo} order by position limit ${limit}) x`;
}
