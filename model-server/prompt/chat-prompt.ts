import { setImmediate as turn } from 'node:timers/promises';
import { Template } from '@huggingface/jinja';
import { type ChatMessage, messageText, type Tool } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Vocabulary } from '../llama/vocabulary.ts';
import { type ToolFormat, toolFormatOf } from '../tools/tool-format.ts';
import { templateInput } from '../tools/tool-prompt.ts';
import { MarkGuard, type PromptPiece } from './mark-guard.ts';
import { StandIns } from './stand-ins.ts';

/** ChatML: used where a model's file brings no template of its own. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Tokens after which the process does what else is due: a few milliseconds' worth. */
const TOKENS_A_TURN = 4096;
/** Text of more than these is seldom one token: a prompt that is too long shows itself in its beginning. */
const CHARACTERS_A_TOKEN = 8;

/** Turns messages into the tokens that a model was trained to answer. */
export class ChatPrompt {
  readonly vocabulary: Vocabulary;
  /** How the model writes calls of functions. */
  readonly format: ToolFormat;
  readonly #template: Template;
  readonly #guard: MarkGuard;

  constructor(template: Template, format: ToolFormat, vocabulary: Vocabulary) {
    this.#template = template;
    this.format = format;
    this.vocabulary = vocabulary;
    this.#guard = new MarkGuard(vocabulary.marks, new StandIns());
  }

  /**
   * The prompt's tokens, up to where the answer begins. Roles are the template's business: a template that refuses their
   * order gives `template_refused`. `developer` is written as `system`, its older name; `name` is not written. `tools` are
   * shown as the template has it, or by a system text of ours. More than `tokensMax` tokens give
   * `context_length_exceeded`, without all of a huge text being looked at.
   */
  async tokens(
    messages: readonly ChatMessage[],
    tools: readonly Tool[],
    tokensMax: number,
  ): Promise<Int32Array | ServeFault> {
    const characters = messages.reduce((sum, message) => sum + messageText(message).length, 0);
    const tokensMin = Math.ceil(characters / this.vocabulary.longestTokenBytes);
    if (tokensMin > tokensMax) return contextExceeded(tokensMin, tokensMax);
    const rendered = this.#render(messages, tools);
    if (typeof rendered !== 'string') return rendered;
    const pieces = this.#guard.split(rendered);
    const { beginToken } = this.vocabulary;
    const [first] = pieces;
    const beginsItself = first?.kind === 'mark' && first.token === beginToken;
    const parts = beginToken === undefined || beginsItself ? [] : [Int32Array.of(beginToken)];
    return (await this.#addPieces(parts, pieces, tokensMax)) ?? joinTokens(parts);
  }

  /** Stops at the first piece that is too much; lets streams go on between pieces. */
  async #addPieces(
    parts: Int32Array[],
    pieces: readonly PromptPiece[],
    tokensMax: number,
  ): Promise<ServeFault | undefined> {
    let count = parts.length;
    let countAtTurn = 0;
    for (const piece of pieces) {
      const part = piece.kind === 'mark' ? Int32Array.of(piece.token) : await this.#textTokens(piece.text, tokensMax);
      parts.push(part);
      count += part.length;
      if (count > tokensMax) return contextExceeded(count, tokensMax);
      if (count - countAtTurn < TOKENS_A_TURN) continue;
      countAtTurn = count;
      await turn();
    }
    return undefined;
  }

  /**
   * A long text is tried by its beginning first: where that is too much already, the rest is not looked at. The cut may
   * tear a token, so that the beginning must be too much by more than that.
   */
  async #textTokens(text: string, tokensMax: number): Promise<Int32Array> {
    const { longestTokenBytes } = this.vocabulary;
    for (let length = 4096 + tokensMax * CHARACTERS_A_TOKEN; length < text.length; length *= 4) {
      const beginning = await this.vocabulary.tokenize(text.slice(0, length));
      if (beginning.length > tokensMax + longestTokenBytes) return beginning;
    }
    return this.vocabulary.tokenize(text);
  }

  #render(messages: readonly ChatMessage[], tools: readonly Tool[]): string | ServeFault {
    try {
      return this.#template.render({
        ...templateInput(messages, tools, this.format, (text) => this.#guard.guard(text)),
        add_generation_prompt: true,
        bos_token: this.vocabulary.beginText,
        eos_token: this.vocabulary.endText,
      });
    } catch (error) {
      return serveFault('template_refused', {
        what: "The model's chat template does not accept these messages.",
        why: `It says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Most models want at most one system message at the start, and then user and assistant in turn.',
      });
    }
  }
}

/** Reads the model's chat template (ChatML where the file has none), and tries it on one message. */
export async function openChatPrompt(
  template: string | null,
  vocabulary: Vocabulary,
): Promise<ChatPrompt | ServeFault> {
  const prompt = readTemplate(template ?? CHATML, vocabulary);
  if (isFault(prompt)) return prompt;
  const tried = await prompt.tokens([{ role: 'user', content: 'Hi' }], [], Number.MAX_SAFE_INTEGER);
  return isFault(tried) ? unreadable(tried.why) : prompt;
}

function readTemplate(template: string, vocabulary: Vocabulary): ChatPrompt | ServeFault {
  try {
    const format = toolFormatOf(template);
    vocabulary.showMarks(format.marks);
    return new ChatPrompt(new Template(template), format, vocabulary);
  } catch (error) {
    return unreadable(`The Jinja reader says: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function unreadable(why: string): ServeFault {
  return serveFault('chat_template_unreadable', {
    what: "The model's chat template can't be read.",
    why,
    mend: 'Correct tokenizer.chat_template in the GGUF file (gguf_new_metadata.py --chat-template).',
  });
}

function contextExceeded(promptTokens: number, tokensMax: number): ServeFault {
  return serveFault('context_length_exceeded', {
    what: `The messages are at least ${promptTokens} tokens long, and the model's context is ${tokensMax + 1} tokens.`,
    why: 'The prompt and at least one new token must fit the context.',
    mend: 'Send fewer or shorter messages.',
  });
}

function joinTokens(parts: readonly Int32Array[]): Int32Array {
  const tokens = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
  }
  return tokens;
}
