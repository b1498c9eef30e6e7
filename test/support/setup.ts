import 'reflect-metadata';
import fc from 'fast-check';

// A landing is judged by the same cases each time; elsewhere each run of a property draws new ones.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_122 });
