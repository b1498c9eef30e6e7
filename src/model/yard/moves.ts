import type { ZonedInstant } from '../time.js';
import type { YardMoveRecord } from './records.js';
import type { RefusedStep } from './visit.js';

/** Something that happens to a yard move which is kept here. */
export type MoveStep =
  | { step: 'ASSIGN'; at: ZonedInstant; assignee: string }
  | { step: 'START'; at: ZonedInstant }
  | { step: 'DONE'; at: ZonedInstant; to?: string }
  | { step: 'CANCEL'; reason: string };

export const moveSteps = ['ASSIGN', 'START', 'DONE', 'CANCEL'] as const;

/** Whether it is still to be done: its trailer and its target are kept for it. */
export function isOpenMove({ state }: Pick<YardMoveRecord, 'state'>): boolean {
  return state === 'REQUESTED' || state === 'ASSIGNED' || state === 'STARTED';
}

/** The move after a step. Who drives may report that it is done without having said that it began, and to where it really came. */
export function takeMoveStep(move: YardMoveRecord, step: MoveStep): YardMoveRecord | RefusedStep {
  if (!isOpenMove(move)) return { refused: move.state === 'DONE' ? 'It is done.' : 'It was called off.' };
  switch (step.step) {
    case 'ASSIGN':
      if (move.state === 'STARTED') return { refused: 'It has begun.' };
      return { ...move, state: 'ASSIGNED', assignee: step.assignee, assignedAt: step.at };
    case 'START':
      if (move.state === 'STARTED') return { refused: 'It has begun already.' };
      return { ...move, state: 'STARTED', startedAt: step.at };
    case 'DONE':
      return { ...move, state: 'DONE', doneAt: step.at, ...(step.to === undefined ? {} : { to: step.to }) };
    case 'CANCEL':
      return { ...move, state: 'CANCELLED', reason: step.reason };
  }
}
