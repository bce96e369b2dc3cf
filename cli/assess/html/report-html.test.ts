import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleReport, farms, sampleReckoning, sampleReport } from '../sample-farms.ts';
import { reportHtml } from './report-html.ts';

/** What a page of ours is made of. */
const TAGS =
  /^(html|head|meta|title|style|body|main|header|section|nav|footer|div|span|p|a|b|i|strong|abbr|h[1-4]|ul|li|dl|dt|dd|details|summary|figure|figcaption|table|caption|colgroup|col|thead|tbody|tr|th|td|svg|g|rect|path|text|circle|polyline|polygon|defs|clipPath|use)$/;

function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<([a-zA-Z][a-zA-Z0-9]*)/g)].map(([, tag]) => tag ?? '');
}

describe('the page of a report', () => {
  it('escapes all that files say: no name of a rig or a card makes an element', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const page = reportHtml(sampleReport(farm));
        for (const tag of tagsOf(page)) expect(tag).toMatch(TAGS);
        expect(page).not.toContain('<script');
      }),
      { numRuns: 5 },
    );
  });

  it('has a heading, a caption for every table, and words for every plot', () => {
    const page = reportHtml(exampleReport());
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption>/g)?.length);
    expect(page.match(/<svg /g)?.length).toBe(page.match(/<svg [^>]*aria-label="[^"]{5,}"/g)?.length);
    expect(page.match(/<figcaption>/g)).toHaveLength(4);
  });

  it('leads each model to its reasons', () => {
    const page = reportHtml(exampleReport());
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of links) expect(page).toContain(`id="${id}"`);
    expect(links.length).toBeGreaterThan(15);
  });

  it('is shown in the currency that is asked for, sentences and all', () => {
    const page = reportHtml(exampleReport({ ...sampleReckoning, currency: { code: 'GBP', usdPerUnit: 1.25 } }));
    expect(page).toContain('£');
    expect(page).not.toMatch(/\$\d/);
  });
});
