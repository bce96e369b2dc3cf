/** A SentencePiece-like vocabulary: texts with their merge scores and GGUF token types. */
export interface SyllableVocabulary {
  readonly texts: readonly string[];
  readonly scores: Float32Array;
  readonly types: Int32Array;
  /** Tokens below this index are marks, bytes and single characters; from it on come syllables and words. */
  readonly firstWordIndex: number;
}

const TYPE = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;
const CONSONANTS = [...'bdfgklmnprstvz'];
const VOWELS = [...'aeiou'];
/** SentencePiece's mark for a space. */
const SPACE = '\u2581';

/**
 * `tokenCount` tokens: `<unk>`, `<s>`, `</s>`, ChatML's two marks, 256 bytes, printable ASCII, then syllables and words of up
 * to three syllables, each reachable by merges because all its beginnings are tokens too.
 */
export function syllableVocabulary(tokenCount: number): SyllableVocabulary {
  const entries: { readonly text: string; readonly score: number; readonly type: number }[] = [];
  const known = new Set<string>();
  const add = (text: string, score: number, type: number) => {
    if (known.has(text) || entries.length >= tokenCount) return;
    known.add(text);
    entries.push({ text, score, type });
  };
  add('<unk>', 0, TYPE.unknown);
  for (const mark of ['<s>', '</s>', '<|im_start|>', '<|im_end|>']) add(mark, 0, TYPE.control);
  for (let byte = 0; byte < 256; byte++) add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, TYPE.byte);
  add(SPACE, -10_000, TYPE.normal);
  for (let code = 33; code < 127; code++) add(String.fromCharCode(code), -10_000 - code, TYPE.normal);
  add('\n', -9000, TYPE.normal);
  const firstWordIndex = entries.length;
  let rank = 1;
  for (const word of words()) add(word, -rank++, TYPE.normal);
  return {
    texts: entries.map((entry) => entry.text),
    scores: Float32Array.from(entries, (entry) => entry.score),
    types: Int32Array.from(entries, (entry) => entry.type),
    firstWordIndex,
  };
}

function* words(): Generator<string> {
  const syllables = CONSONANTS.flatMap((consonant) => VOWELS.map((vowel) => consonant + vowel));
  yield* syllables;
  for (const syllable of syllables) {
    yield SPACE + syllable.charAt(0);
    yield SPACE + syllable;
  }
  for (const first of syllables) for (const second of syllables) yield SPACE + first + second;
  for (const first of syllables)
    for (const second of syllables) for (const third of syllables) yield SPACE + first + second + third;
}
