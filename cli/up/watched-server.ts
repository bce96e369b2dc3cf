import { InvalidArgumentError } from 'commander';

/** Another server that is served under a name. */
export interface WatchedServer {
  readonly modelName: string;
  readonly address: string;
}

/** `http://127.0.0.1:11434=llama3` → where it is and what it is called; throws what the command line shows. */
export function parseWatchedServer(text: string): WatchedServer {
  const at = text.lastIndexOf('=');
  const address = text.slice(0, Math.max(0, at));
  const modelName = text.slice(at + 1);
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new InvalidArgumentError('It must be URL=NAME: http://127.0.0.1:11434=llama3.');
  }
  if (modelName.length < 1 || modelName.length > 200) throw new InvalidArgumentError('NAME has 1 to 200 characters.');
  return { modelName, address };
}
