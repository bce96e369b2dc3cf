import { InvariantError } from '@rerig/domain/fault';
import type { Form } from './gbnf.ts';

/** Whether a text is one that the rules, from `root` on, can write. For grammars without left recursion. */
export function isWritable(forms: ReadonlyMap<string, Form>, text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const endsByRule = new Map<string, Map<number, ReadonlySet<number>>>();

  const endsFrom = (form: Form, start: number): ReadonlySet<number> => {
    switch (form.kind) {
      case 'text': {
        const wanted = Array.from(form.text, (character) => character.codePointAt(0) ?? 0);
        return new Set(wanted.every((point, index) => points[start + index] === point) ? [start + wanted.length] : []);
      }
      case 'set': {
        const point = points[start] ?? -1;
        return new Set(form.ranges.some(([first, last]) => first <= point && point <= last) ? [start + 1] : []);
      }
      case 'sequence':
        return form.items.reduce<ReadonlySet<number>>((starts, item) => endsOfAll(item, starts), new Set([start]));
      case 'choice':
        return new Set(form.items.flatMap((item) => [...endsFrom(item, start)]));
      case 'repeat':
        return endsOfRepeat(form, start);
      case 'rule':
        return endsOfRule(form.name, start);
    }
  };
  const endsOfAll = (form: Form, starts: ReadonlySet<number>) =>
    new Set([...starts].flatMap((start) => [...endsFrom(form, start)]));
  const endsOfRepeat = (form: Form & { readonly kind: 'repeat' }, start: number) => {
    let reached: ReadonlySet<number> = new Set([start]);
    const ends = new Set(form.countMin === 0 ? [start] : []);
    for (let count = 1; count <= (form.countMax ?? points.length) && reached.size > 0; count++) {
      reached = endsOfAll(form.item, reached);
      if (count >= form.countMin) for (const end of reached) ends.add(end);
    }
    return ends;
  };
  const endsOfRule = (name: string, start: number) => {
    const form = forms.get(name);
    if (!form) throw new InvariantError(`the grammar has no rule ${name}`);
    const byStart = endsByRule.get(name) ?? new Map<number, ReadonlySet<number>>();
    endsByRule.set(name, byStart);
    const known = byStart.get(start);
    if (known) return known;
    const ends = endsFrom(form, start);
    byStart.set(start, ends);
    return ends;
  };
  return endsFrom({ kind: 'rule', name: 'root' }, 0).has(points.length);
}
