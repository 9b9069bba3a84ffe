import { afterEach, describe, expect, it, vi } from 'vitest';
import { realFolder } from '../../../src/checkout/real-folder.js';
import { absolutePath } from '../../../src/platform/absolute-path.js';

afterEach(() => vi.restoreAllMocks());

describe('a path that a person names', () => {
  it('when the current folder was deleted, then a relative path is refused with that reason, and an absolute one is not', async () => {
    vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' });
    });
    const refusal = { code: 'not_a_folder', message: 'The current folder does not exist any more.' };
    await expect(realFolder('.')).rejects.toMatchObject(refusal);
    expect(() => absolutePath('a')).toThrow(refusal.message);
    expect(absolutePath('/a/../b')).toBe('/b');
  });

  it('when the current folder has a name that is not UTF-8, then the refusal says that this may be why', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue('/none/\ufffd');
    await expect(realFolder('.')).rejects.toMatchObject({ message: expect.stringContaining('not UTF-8') });
  });
});
