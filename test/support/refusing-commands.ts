import type { GraphContext } from '../../src/subgraphs/shared/context.js';

const refuse = () => Promise.reject(new Error('Nothing is changed here.'));

/** Commands of a context in which nothing may be changed: whichever is called refuses. */
export const refusingCommands = new Proxy({}, { get: () => new Proxy(refuse, { get: () => refuse }) }) as GraphContext['commands'];
