import type { DataCommand } from './command.js';
import { connectionAdd, connectionList, connectionRotate } from './connection.js';
import { connectionSet, connectionTest } from './connection-access.js';
import { doctor } from './doctor.js';
import { replayCommand } from './replay.js';
import { syncCommand } from './sync.js';
import { tokenCreate } from './token.js';

export const dataCommands: readonly DataCommand[] = [tokenCreate, connectionAdd, connectionList, connectionRotate, connectionSet, connectionTest, replayCommand, syncCommand, doctor];
