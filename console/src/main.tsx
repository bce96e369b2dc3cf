import './without-eval.ts';
import './style.css';
import { type FaultError, InvariantError } from '@rerig/domain/fault';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { FARM_QUERY_KEY } from './farm/fetch-farm.ts';
import { openLiveFarm } from './live.ts';
import { makeRouter } from './router.tsx';

const queryClient = new QueryClient({
  defaultOptions: {
    // The event stream says when something changed, and `live.ts` decides when to ask again. A farm on the same
    // machine can be asked without a network.
    queries: {
      retry: false,
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
  },
});

const live = openLiveFarm({
  fetch: (path, init) => fetch(path, init),
  nowMs: Date.now,
  random: Math.random,
  onFarm: (farm) => {
    // An answer that is still under way is older than this view.
    void queryClient.cancelQueries({ queryKey: FARM_QUERY_KEY });
    queryClient.setQueryData(FARM_QUERY_KEY, farm);
  },
  onFault: () => {
    void queryClient.invalidateQueries({ queryKey: FARM_QUERY_KEY });
  },
});
window.addEventListener('online', live.retryNow);

const place = document.getElementById('console');
if (place === null) throw new InvariantError('index.html has no element with the id "console"');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={makeRouter({ live })} />
    </QueryClientProvider>
  </StrictMode>,
);

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: FaultError;
  }
}
