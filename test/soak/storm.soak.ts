/** The storm of `test/fault`, with 10,000 enqueues: `npm run soak`. */
process.env['DOI_STORM_ENQUEUES'] ??= '10000';
await import('../fault/storm.test.js');
