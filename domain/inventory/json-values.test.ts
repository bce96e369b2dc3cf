import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonValues } from './json-values.ts';

function read(text: string): { readonly values: readonly unknown[]; readonly codes: readonly string[] } {
  const items = [...readJsonValues('x.json', text)];
  return {
    values: items.flatMap((item) => (item.kind === 'value' ? [item.value] : [])),
    codes: items.flatMap((item) => (item.kind === 'fault' ? [item.code] : [])),
  };
}

const objects = fc.array(fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 })), {
  minLength: 2,
  maxLength: 6,
});

describe('readJsonValues', () => {
  it('reads values one after another, in lines, set in or not, as they are', () => {
    fc.assert(
      fc.property(
        objects,
        fc.constantFrom(0, 1, 4),
        fc.constantFrom('\n', '', ',\n', ' '),
        (values, indent, separator) => {
          const text = values.map((value) => JSON.stringify(value, null, indent)).join(separator);
          expect(read(text)).toEqual({ values: JSON.parse(JSON.stringify(values)), codes: [] });
        },
      ),
    );
  });

  it('gives the whole items of a list that is cut anywhere, and says that it is', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom(0, 1), fc.nat(), (values, indent, where) => {
        const text = JSON.stringify(values, null, indent);
        const cut = text.slice(0, 2 + (where % (text.length - 3)));
        const { values: found, codes } = read(cut);
        const wholeCount = JSON.parse(JSON.stringify(values)).filter((_: unknown, index: number) =>
          cut.includes(
            JSON.stringify(values.slice(0, index + 1), null, indent)
              .slice(0, -1)
              .trimEnd(),
          ),
        ).length;
        expect(found.length).toBeGreaterThanOrEqual(wholeCount);
        expect(codes).toContain('inventory-half-written');
      }),
    );
  });

  it('loses of a list one damaged item alone', () => {
    expect(read('[{"a":1},{"b":},{"c":3}]')).toEqual({ values: [{ a: 1 }, { c: 3 }], codes: ['inventory-not-json'] });
  });

  it('takes the marks of logs and pages for no damaged value', () => {
    const { values, codes } = read('[2022-05-01 10:00:00] start\n[Back](page.md)\n{"a": 1}\n[1] a note\n');
    expect([values, codes]).toEqual([[{ a: 1 }], []]);
  });

  it('finds the objects with which lines of a log end, and tells them from messages of their own', () => {
    const items = [
      ...readJsonValues('x.log', '[Tue 1 Feb] > {"a":{"b":1}}\r\n[Tue 1 Feb] < no {"c": answer}\n12:00 got: {"d":2}\n'),
    ];
    expect(items.filter(({ kind }) => kind !== 'talk')).toEqual([
      { kind: 'value', value: { a: { b: 1 } }, isAside: true },
      { kind: 'value', value: { d: 2 }, isAside: true },
    ]);
  });

  it('repeats no password of a damaged value', () => {
    for (const text of ['{"passwd":"hunter22", "x":}', '{"a":{"passwd":hunter22}}', 'passwd: hunter22']) {
      const items = [...readJsonValues('x.json', text)];
      expect(JSON.stringify(items)).not.toContain('hunter22');
    }
  });
});
