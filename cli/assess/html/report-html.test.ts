import { describe, expect, it } from 'vitest';
import { exampleReport, sampleReckoning } from '../sample-farms.ts';
import { reportHtml } from './report-html.ts';

describe('the page of a report', () => {
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
