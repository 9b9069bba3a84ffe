import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../../src/checker/built-in/check-workplans.js';
import { isNamedAs, nameWorkplan, requireTitle } from '../../../src/init/name-workplan.js';
import { workplanTemplate } from '../../../src/init/templates.js';

const name = (title: string, paths: string[] = [], slug = 'widget') =>
  nameWorkplan(
    title,
    paths.map((path) => ({ path })),
    slug,
  );

describe('the name of a new workplan', () => {
  it.each([
    ['widget', 'WIDGET-WP-0001'],
    ['acme.widget_2-x', 'ACME-WIDGET-X-WP-0001'],
    ['3d-viewer', 'D-VIEWER-WP-0001'],
    ['42', 'REPOSITORY-WP-0001'],
  ])('when there is none yet, then the slug %s gives the id %s', (slug, id) => {
    expect(name('Ship it', [], slug)).toEqual({ id, path: `workplans/${id}-ship-it.md` });
  });

  it('takes the commonest prefix that is there, and the number after its highest one, archived ones counted', () => {
    const paths = [
      'workplans/ACME-WP-0003-a.md',
      'workplans/archived/260101-ACME-WP-0011-b.md',
      'workplans/OTHER-WP-0099-c.md',
      'workplans/ADHOC-2026-03-20.md',
      'workplans/README.md',
      'workplans/notes.md',
    ];
    expect(name('x', paths).id).toBe('ACME-WP-0012');
  });

  it('has no number that the front matter of a file of another name has', () => {
    const taken = [
      { path: 'workplans/ACME-WP-0003-a.md', id: 'ACME-WP-0003' },
      { path: 'workplans/notes.md', id: 'ACME-WP-0007' },
      { path: 'workplans/OTHER-WP-0001-b.md', id: 'acme-WP-0009' },
    ];
    expect(nameWorkplan('x', taken, 'widget').id).toBe('ACME-WP-0010');
    expect(nameWorkplan('x', [{ path: 'workplans/a.md', id: 'ACME-WP-0003' }], 'widget').id).toBe(
      'ACME-WP-0004',
    );
  });

  it('has a number that is given once, however large those are that are there', () => {
    for (const digits of ['9007199254740990', '9007199254740991', '9007199254740993', '9'.repeat(30)]) {
      const next = name('x', [`workplans/A-WP-${digits}-x.md`]).id;
      expect(next).toBe(`A-WP-${BigInt(digits) + 1n}`);
    }
    expect(name('x', [`workplans/A-WP-${'9'.repeat(41)}-x.md`]).id).toBe('A-WP-0001');
  });

  it('is that of a title by its slug, unless the slug says too little', () => {
    expect(isNamedAs('workplans/ACME-WP-0003-ship-it.md', 'Ship it!')).toBe(true);
    expect(isNamedAs('workplans/ACME-WP-0003-do-ship-it.md', 'Ship it')).toBe(false);
    expect(isNamedAs('workplans/ACME-WP-0003-workplan.md', '日本語')).toBe(false);
    const [long, other] = ['b', 'c'].map((end) => `${'a'.repeat(60)}${end}`);
    expect(isNamedAs(name(long ?? '').path, other ?? '')).toBe(false);
  });

  it.each([
    ['Ship 2.0: now!', 'ship-2-0-now'],
    ['日本語', 'workplan'],
    ['Überblick über alles', 'uberblick-uber-alles'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a'.repeat(120), 'a'.repeat(50)],
  ])('when the title is %s, then its slug is %s', (title, slug) => {
    expect(name(title).path).toBe(`workplans/WIDGET-WP-0001-${slug}.md`);
  });

  it.each(['', '   ', 'a\nb', 'a\u2028b', '\u001b[31m', 'x'.repeat(121), 'TODO(doi): x'])(
    'cannot be made of the title %j',
    (title) => {
      expect(() => requireTitle(title)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    },
  );

  it('follows the convention, and the workplan is valid, whatever title and slug are', () => {
    const slugs = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,99}$/);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), slugs, (text, slug) => {
        let title: string;
        try {
          title = requireTitle(text);
        } catch {
          return;
        }
        const { id, path } = name(title, [], slug);
        const content = { state: 'present', text: workplanTemplate({ id, title }) } as const;
        const findings = checkWorkplans([{ path, content }]);
        expect(findings.filter(({ check }) => check !== 'C-15')).toEqual([]);
      }),
    );
  });
});
