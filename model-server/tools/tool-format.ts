/** How a model writes calls of functions: by the conventions of its chat template. */
export interface ToolFormat {
  readonly kind: 'hermes' | 'llama3' | 'mistral' | 'deepseek' | 'deepseek-bare';
  /** Whether the template itself shows the functions; else they are listed in a system text of ours. */
  readonly isTemplates: boolean;
  /** What begins the calls; `null`: an answer that begins with an opening brace is a call. */
  readonly openMark: string | null;
  /** At the beginning of a call: its name as the group, ending where the arguments begin. */
  readonly head: RegExp;
  /** From the end of the arguments to the end of the call. */
  readonly tail: RegExp;
  /** Between the end of a call and the head of the next one. */
  readonly again: RegExp;
  /** What ends the calls, where something does. */
  readonly close: RegExp | null;
  /** Beginnings of what `again` and `close` match, behind white space. */
  readonly afterMarks: readonly string[];
  /** What a call ends with at the latest, for calls whose names do not come in the usual order. */
  readonly endMark: string | null;
  /** The marks of tokens that must be shown as text. */
  readonly marks: readonly string[];
  /** Length of a call's id, by what the template demands. */
  readonly idStyle: 'openai' | 'nine';
  /** Whether the template wants a call's arguments as the text they are, not as an object. */
  readonly wantsTextArguments: boolean;
  /** What is written around a call's parts, for grammars. */
  readonly written: WrittenCall;
}

/** The texts around the parts of a call: `open` first, then calls with `between` between, `close` last. */
export interface WrittenCall {
  readonly open: string;
  readonly beforeName: string;
  readonly beforeArguments: string;
  readonly afterArguments: string;
  readonly between: string;
  readonly close: string;
}

const NAME_HEAD = String.raw`\s*\{\s*"name"\s*:\s*"([A-Za-z0-9_-]{1,64})"\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=\{)`;
const OBJECT_TAIL = String.raw`\s*(?:,\s*"id"\s*:\s*"[^"\\]{0,64}"\s*)?\}`;

/** Qwen, Hermes, and many more; also ours for templates that know no functions. */
export const HERMES: ToolFormat = {
  kind: 'hermes',
  isTemplates: true,
  openMark: '<tool_call>',
  head: new RegExp(`^${NAME_HEAD}`),
  tail: new RegExp(`^${OBJECT_TAIL}\\s*</tool_call>`),
  again: /^\s*<tool_call>/,
  close: null,
  afterMarks: ['<tool_call>'],
  endMark: '</tool_call>',
  marks: ['<tool_call>', '</tool_call>'],
  idStyle: 'openai',
  wantsTextArguments: false,
  written: {
    open: '',
    beforeName: '<tool_call>\n{"name": "',
    beforeArguments: '", "arguments": ',
    afterArguments: '}\n</tool_call>',
    between: '\n',
    close: '',
  },
};

const LLAMA3: ToolFormat = {
  ...HERMES,
  kind: 'llama3',
  openMark: null,
  head: new RegExp(`^(?:<\\|python_tag\\|>)?${NAME_HEAD}`),
  tail: new RegExp(`^${OBJECT_TAIL}`),
  again: /^\s*;\s*(?=\{)/,
  afterMarks: [';'],
  endMark: null,
  marks: ['<|python_tag|>'],
  written: {
    open: '',
    beforeName: '{"name": "',
    beforeArguments: '", "parameters": ',
    afterArguments: '}',
    between: '; ',
    close: '',
  },
};

const MISTRAL: ToolFormat = {
  ...HERMES,
  kind: 'mistral',
  openMark: '[TOOL_CALLS]',
  head: new RegExp(`^(?:\\s*\\[)?${NAME_HEAD}`),
  tail: new RegExp(`^${OBJECT_TAIL}`),
  again: /^\s*,\s*(?=\{)/,
  close: /^\s*\]/,
  afterMarks: [',', ']'],
  endMark: null,
  marks: ['[TOOL_CALLS]'],
  idStyle: 'nine',
  written: {
    open: '[TOOL_CALLS][',
    beforeName: '{"name": "',
    beforeArguments: '", "arguments": ',
    afterArguments: '}',
    between: ', ',
    close: ']',
  },
};

const DEEPSEEK: ToolFormat = {
  ...HERMES,
  kind: 'deepseek',
  openMark: '<｜tool▁calls▁begin｜>',
  head: /^\s*<｜tool▁call▁begin｜>function<｜tool▁sep｜>([A-Za-z0-9_-]{1,64})\s*```json\s*(?=\{)/,
  tail: /^\s*```\s*<｜tool▁call▁end｜>/,
  again: /^\s*(?=<｜tool▁call▁begin｜>)/,
  close: /^\s*<｜tool▁calls▁end｜>/,
  afterMarks: ['<｜tool▁call▁begin｜>', '<｜tool▁calls▁end｜>'],
  endMark: null,
  marks: [
    '<｜tool▁calls▁begin｜>',
    '<｜tool▁calls▁end｜>',
    '<｜tool▁call▁begin｜>',
    '<｜tool▁call▁end｜>',
    '<｜tool▁sep｜>',
  ],
  wantsTextArguments: true,
  written: {
    open: '<｜tool▁calls▁begin｜>',
    beforeName: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>',
    beforeArguments: '\n```json\n',
    afterArguments: '\n```<｜tool▁call▁end｜>',
    between: '\n',
    close: '<｜tool▁calls▁end｜>',
  },
};

const DEEPSEEK_BARE: ToolFormat = {
  ...DEEPSEEK,
  kind: 'deepseek-bare',
  head: /^\s*<｜tool▁call▁begin｜>([A-Za-z0-9_-]{1,64})<｜tool▁sep｜>\s*(?=\{)/,
  tail: /^\s*<｜tool▁call▁end｜>/,
  written: {
    ...DEEPSEEK.written,
    beforeName: '<｜tool▁call▁begin｜>',
    beforeArguments: '<｜tool▁sep｜>',
    afterArguments: '<｜tool▁call▁end｜>',
    between: '',
  },
};

/** The format of a chat template's calls, told by the marks in it; Hermes with a list of ours where it has none. */
export function toolFormatOf(template: string): ToolFormat {
  const knowsTools = /\btools\b/.test(template);
  if (template.includes('<｜tool▁calls▁begin｜>')) {
    const format = template.includes('```') ? DEEPSEEK : DEEPSEEK_BARE;
    return { ...format, isTemplates: knowsTools };
  }
  if (!knowsTools) return { ...HERMES, isTemplates: false };
  if (template.includes('<tool_call>') && !template.includes('<function=')) return HERMES;
  if (template.includes('[TOOL_CALLS]') && !template.includes('[ARGS]')) return MISTRAL;
  if (template.includes('<|python_tag|>') || template.includes('"parameters": dictionary')) return LLAMA3;
  return { ...HERMES, isTemplates: false };
}
