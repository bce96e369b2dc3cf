import fc from 'fast-check';
import { expect, it } from 'vitest';
import { html, trusted } from './markup.ts';

it('escapes what is put in, in text and in attributes, and keeps markup', () => {
  const name = `<script>"'&`;
  expect(html`<b title="${name}">${[name, html`<i>${1}</i>`, undefined]}</b>`.text).toBe(
    '<b title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;<i>1</i></b>',
  );
  expect(html`${trusted('<svg/>')}`.text).toBe('<svg/>');
});

it('lets no text open a tag or leave its attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']/);
    }),
  );
});
