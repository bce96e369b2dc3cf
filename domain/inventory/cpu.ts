import type { VectorExtension } from './farm.ts';
import { remembering } from './remember.ts';

interface CpuRule {
  readonly pattern: RegExp;
  readonly vectorExtension: VectorExtension;
}

function rule(pattern: RegExp, vectorExtension: VectorExtension): CpuRule {
  return { pattern, vectorExtension };
}

/**
 * Families by name, the first that fits decides. Source: Intel ARK ("Instruction Set Extensions") and AMD's product
 * pages as generally known; Bay Trail's lack of AVX also in effects.csv e048. Celeron and Pentium had AVX fused off
 * up to Comet Lake (G5900, G6400), and have AVX2 from Alder Lake on (G6900, G7400).
 */
const rules: readonly CpuRule[] = [
  rule(/\b(celeron|pentium)\b.*\bg(69|74)\d\d/, 'avx2'),
  rule(/\b(celeron|pentium)\b.*\b(g\d{3,4}|[jn][1-6]\d{3}|\d{3,4}u?)\b/, 'none'),
  rule(/\batom\b/, 'none'),
  rule(/\bn(95|97|100|200)\b/, 'avx2'),
  rule(/\bcore\(?(tm)?\)?2\b/, 'none'),
  rule(/\bxeon\b.*\b(platinum|gold|silver|bronze)\b/, 'avx-512'),
  rule(/\bxeon\b.*\be[357]-\d{4}l?\s*v[3-6]\b/, 'avx2'),
  rule(/\bxeon\b.*\be[35]-\d{4}l?(\s*v2)?(\s|$)/, 'avx'),
  rule(/\bxeon\b.*\be7-\d{4}l?\s*v2\b/, 'avx'),
  rule(/\bcore\b.*\bi7-4(82|93|96)0[kx]/, 'avx'),
  rule(/\bthreadripper\b.*\b[79]9\d{2}w?x\b/, 'avx-512'),
  rule(/\bxeon\b.*\b[lwxe][35]\d{3}\b/, 'none'),
  rule(/\bepyc\b.*\b(9\d{2}[4-9]|8\d{2}4|4\d{2}[45])[a-z]*\b/, 'avx-512'),
  rule(/\bepyc\b.*\b7\w{2}[1-3][a-z]?\b/, 'avx2'),
  rule(/\bryzen\b.*\b(7\d[045]|8\d[047]|9\d)\d{1,2}[a-z0-9]*\b/, 'avx-512'),
  rule(/\bryzen\b.*\b[1-7]\d{3}[a-z0-9]*\b/, 'avx2'),
  rule(/\bathlon\b.*\b(2\d\dge|3\d{3}[a-z]*)\b/, 'avx2'),
  rule(/\bfx\(?(tm)?\)?[- ]?[4-9]\d{3}\b/, 'avx'),
  rule(/\bathlon\b.*\bii\b|\bphenom\b|\bsempron\b/, 'none'),
];

/**
 * The widest vector instructions of a processor, told by the name that it prints; `unknown` for a name that no rule
 * knows. A live agent reads the flags instead and does not ask this.
 */
export const vectorExtensionOf: (cpuModelName: string) => VectorExtension = remembering((cpuModelName) => {
  const name = cpuModelName.slice(0, 200).toLowerCase().replace(/\s+/g, ' ').trim();
  return rules.find(({ pattern }) => pattern.test(name))?.vectorExtension ?? coreExtensionOf(name);
});

/** Intel's Core i3 to i9, by generation: AVX from the 2nd, AVX2 from the 4th, AVX-512 in the X series, Ice and Rocket Lake. */
function coreExtensionOf(name: string): VectorExtension {
  const [, digits, suffix = ''] = /\bcore\b.*\bi[3579]-(\d{3,5})([a-z]*)/.exec(name) ?? [];
  if (digits === undefined) return 'unknown';
  const generation = generationOf(digits);
  if (suffix.startsWith('x') && generation >= 7) return digits === '7740' || digits === '7640' ? 'avx2' : 'avx-512';
  if (generation === 11 || (generation === 10 && suffix.startsWith('g'))) return 'avx-512';
  if (generation >= 4) return 'avx2';
  return generation >= 2 ? 'avx' : 'none';
}

/** `750` → 1, `9700` → 9, `10400` → 10, `1165` (of `i7-1165G7`) → 11. */
function generationOf(digits: string): number {
  if (digits.length === 3) return 1;
  const isTwoDigit = digits.length === 5 || digits.startsWith('1');
  return Number(digits.slice(0, isTwoDigit ? 2 : 1));
}
