import type { CommandKind } from '../../model/commands.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { pollHistories } from './polling.js';
import { publishLoad } from './registering.js';
import type { Project44Settings } from './settings.js';

type Commands = { [K in CommandKind]: OutboundCommand<K> }[CommandKind];

/** What project44 does for us. */
export const perform: Perform<Project44Settings> = {
  commands: ['load.publish', 'tracking.poll'],
  async perform<K extends CommandKind>(access: Access<Project44Settings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const command = given as unknown as Commands;
    switch (command.kind) {
      case 'load.publish':
        return publishLoad(access, command, memory);
      case 'tracking.poll':
        return pollHistories(access, command);
      default:
        return failure('invalid', `project44 does not do ${command.kind}.`, '');
    }
  },
};
