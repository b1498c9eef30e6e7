import { readAppointments, readVisits } from './board.js';
import { readCharges } from './charges.js';
import { Differences } from './differences.js';
import type { Stage } from './stage.js';

/** What each carrier's token sees: all of its own appointments, visits and charges, and nobody else's. */
export async function compareCarriers(stage: Stage): Promise<Differences> {
  const differences = new Differences();
  const { graph, tokens } = stage;
  const all = await seenBy(stage, tokens.office);
  for (const [carrier, token] of tokens.carriers) {
    const seen = await seenBy(stage, token);
    for (const what of ['appointments', 'visits', 'charges'] as const) {
      const others = seen[what].filter((each) => each.carrier !== carrier);
      const own = all[what].filter((each) => each.carrier === carrier);
      if (others.length > 0) differences.say(`${carrier} sees ${others.length} ${what} of others`);
      if (seen[what].length - others.length !== own.length) differences.say(`${carrier} sees ${seen[what].length - others.length} of its ${own.length} ${what}`);
    }
  }
  const stranger = [...(await readAppointments(graph, tokens.stranger)), ...(await readVisits(graph, tokens.stranger))];
  if (stranger.length > 0) differences.say(`Who works at another place sees ${stranger.length} appointments and visits`);
  return differences;
}

async function seenBy(stage: Stage, token: string) {
  const [appointments, visits, charges] = [await readAppointments(stage.graph, token), await readVisits(stage.graph, token), await readCharges(stage, token)];
  return { appointments, visits: visits as unknown as Array<{ carrier: string }>, charges };
}
