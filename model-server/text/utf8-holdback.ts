/**
 * Turns a model's bytes into text. A character whose bytes are spread over tokens is held back until it is whole; bytes
 * that can never become a character read as U+FFFD. What is incomplete at the end is dropped: it never was a character.
 */
export class Utf8Holdback {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** The text that has become whole with these bytes; empty while a character is incomplete. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }
}
