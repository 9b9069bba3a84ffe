import { describe, expect, it } from 'vitest';
import { type KeptSummary, SummaryMemory } from '../../../src/mcp/summary-memory.js';

const summaryOf = (etag: string): KeptSummary => ({ etag, verifiedAt: undefined, repositories: [] });

/** Reads that end when the test says so. */
function heldReads() {
  const begun: {
    readonly kept: KeptSummary | undefined;
    readonly end: (found: KeptSummary | Error) => void;
  }[] = [];
  const read = (kept: KeptSummary | undefined) =>
    new Promise<KeptSummary>((resolve, reject) => {
      begun.push({ kept, end: (found) => (found instanceof Error ? reject(found) : resolve(found)) });
    });
  return { begun, read };
}

describe('the summary in memory', () => {
  it('is read once for all calls that come while another read is under way, after that one', async () => {
    const memory = new SummaryMemory();
    const { begun, read } = heldReads();
    const calls = Array.from({ length: 100 }, () => memory.read(read));
    expect(begun).toHaveLength(1);
    begun[0]?.end(summaryOf('a'));
    await calls[0];
    await Promise.resolve();
    expect(begun).toHaveLength(2);
    expect(begun[1]?.kept?.etag).toBe('a');
    begun[1]?.end(summaryOf('b'));
    expect(await Promise.all(calls)).toHaveLength(100);
    expect(begun).toHaveLength(2);
  });

  it('is read again by a call after the end, also where the read before failed', async () => {
    const memory = new SummaryMemory();
    const { begun, read } = heldReads();
    const failed = memory.read(read);
    const waited = memory.read(read);
    begun[0]?.end(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    await Promise.resolve();
    begun[1]?.end(summaryOf('a'));
    await waited;
    const last = memory.read(read);
    expect(begun).toHaveLength(3);
    begun[2]?.end(summaryOf('a'));
    await last;
  });
});
