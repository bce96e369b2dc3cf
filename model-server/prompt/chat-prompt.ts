import { randomUUID } from 'node:crypto';
import { Template } from '@huggingface/jinja';
import { type ChatMessage, messageText } from '@rerig/api/openai';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Vocabulary } from '../llama/vocabulary.ts';
import { MarkGuard } from './mark-guard.ts';

/** ChatML: used where a model's file brings no template of its own. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Turns messages into the tokens that a model was trained to answer. */
export class ChatPrompt {
  readonly #template: Template;
  readonly #vocabulary: Vocabulary;
  readonly #guard: MarkGuard;

  constructor(template: Template, vocabulary: Vocabulary) {
    this.#template = template;
    this.#vocabulary = vocabulary;
    this.#guard = new MarkGuard(vocabulary.marks, `\uFDD0${randomUUID()}\uFDD1`);
  }

  /**
   * The prompt's tokens, up to where the answer begins. Roles are the template's business: a template that refuses their
   * order gives `template_refused`. `developer` is written as `system`, its older name; `name` is not written. More than
   * `tokensMax` tokens give `context_length_exceeded`, without all of a huge text being read.
   */
  async tokens(messages: readonly ChatMessage[], tokensMax: number): Promise<Int32Array | ServeFault> {
    const rendered = this.#render(messages);
    if (typeof rendered !== 'string') return rendered;
    const parts: Int32Array[] = [];
    let count = 0;
    for (const piece of this.#guard.split(rendered)) {
      const part = piece.kind === 'mark' ? Int32Array.of(piece.token) : await this.#textTokens(piece.text, tokensMax);
      parts.push(part);
      count += part.length;
    }
    if (count > tokensMax) return contextExceeded(count, tokensMax);
    const { beginToken } = this.#vocabulary;
    if (beginToken !== undefined && parts[0]?.[0] !== beginToken) parts.unshift(Int32Array.of(beginToken));
    return joinTokens(parts);
  }

  /** Long texts are tried by their beginning first: where that is too much already, the rest is not looked at. */
  async #textTokens(text: string, tokensMax: number): Promise<Int32Array> {
    const tryLength = Math.max(4096, tokensMax * 16);
    if (text.length <= tryLength) return this.#vocabulary.tokenize(text);
    const beginning = await this.#vocabulary.tokenize(text.slice(0, tryLength));
    return beginning.length > tokensMax ? beginning : this.#vocabulary.tokenize(text);
  }

  #render(messages: readonly ChatMessage[]): string | ServeFault {
    try {
      return this.#template.render({
        messages: messages.map((message) => ({
          role: message.role === 'developer' ? 'system' : message.role,
          content: this.#guard.guard(messageText(message)),
        })),
        add_generation_prompt: true,
        bos_token: this.#vocabulary.beginText,
        eos_token: this.#vocabulary.endText,
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
export function openChatPrompt(template: string | null, vocabulary: Vocabulary): ChatPrompt | ServeFault {
  try {
    return new ChatPrompt(new Template(template ?? CHATML), vocabulary);
  } catch (error) {
    return serveFault('chat_template_unreadable', {
      what: "The model's chat template can't be read.",
      why: `The Jinja reader says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Correct tokenizer.chat_template in the GGUF file (gguf_new_metadata.py --chat-template).',
    });
  }
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
