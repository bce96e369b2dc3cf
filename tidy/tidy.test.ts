import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allows } from './allowance.ts';
import { allowances } from './allowances.ts';
import { type Finding, formatFinding } from './finding.ts';
import { makeRepository, readRepository } from './repository.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules.ts';
import { parseSample, type Sample } from './sample.ts';

const ROOT = join(import.meta.dirname, '..');
const repository = readRepository(ROOT);
const found = new Map(rules.map((rule) => [rule.name, rule.check(repository)]));

function samplePath(rule: Rule, kind: 'good' | 'bad'): string {
  return join(import.meta.dirname, 'samples', rule.name, `${kind}.sample`);
}

function readSample(rule: Rule, kind: 'good' | 'bad'): Sample {
  return parseSample(readFileSync(samplePath(rule, kind), 'utf8'));
}

function findIn(rule: Rule, sample: Sample): readonly Finding[] {
  return rule.check(makeRepository(sample.files));
}

describe('every rule', () => {
  test('has a file of its name, and every file in rules/ is a rule in force', () => {
    const files = readdirSync(join(import.meta.dirname, 'rules')).map((file) => file.replace(/\.ts$/, ''));
    expect(rules.map((rule) => rule.name).toSorted()).toEqual(files.toSorted());
  });

  test('has a good and a bad sample', () => {
    const missing = rules.filter(
      (rule) => !existsSync(samplePath(rule, 'good')) || !existsSync(samplePath(rule, 'bad')),
    );
    expect(missing.map((rule) => rule.name)).toEqual([]);
  });

  test.each(rules)('$name finds nothing in its good sample', (rule) => {
    expect(findIn(rule, readSample(rule, 'good')).map(formatFinding)).toEqual([]);
  });

  test.each(rules)('$name finds the marked lines of its bad sample and no others, and says what to write', (rule) => {
    const bad = readSample(rule, 'bad');
    const findings = findIn(rule, bad);
    expect(new Set(findings.map(({ path, line }) => `${path}:${line}`))).toEqual(bad.marked);
    expect(bad.marked.size).toBeGreaterThan(0);
    for (const finding of findings) expect(finding.instead).not.toBe('');
  });
});

describe('the house', () => {
  test.each(rules)('keeps the rule "$name"', (rule) => {
    const broken = (found.get(rule.name) ?? []).filter(
      (finding) => !allowances.some((allowance) => allows(allowance, rule.name, finding)),
    );
    expect(broken.map(formatFinding), rule.why).toEqual([]);
  });

  test('has no allowance without a reason, and none that no finding needs', () => {
    const idle = allowances.filter(
      (allowance) =>
        allowance.reason.trim() === '' ||
        !(found.get(allowance.rule) ?? []).some((finding) => allows(allowance, allowance.rule, finding)),
    );
    expect(idle).toEqual([]);
  });
});
