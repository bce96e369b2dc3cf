import { createRouter, parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import { farmRoute } from './routes/farm.tsx';
import { type ConsoleContext, rootRoute } from './routes/root.tsx';

/** The console's pages by their addresses. Search parameters are plain words, not JSON, so that people can read them. */
export function makeRouter(context: ConsoleContext) {
  return createRouter({
    routeTree: rootRoute.addChildren([farmRoute]),
    context,
    parseSearch: parseSearchWith((text) => text),
    stringifySearch: stringifySearchWith(String),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
