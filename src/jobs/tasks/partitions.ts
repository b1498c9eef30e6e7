/** Positions of the log in one partition. */
export const partitionSize = 10_000_000;
