import { createRootRouteWithContext, Link, Outlet } from '@tanstack/react-router';
import { FaultPanel } from '../fault-panel.tsx';
import type { LiveFarm } from '../live.ts';
import { faultOfPage } from '../server-answer.ts';

/** What every page is given. */
export interface ConsoleContext {
  readonly live: LiveFarm;
}

/** The frame around all pages. */
export const rootRoute = createRootRouteWithContext<ConsoleContext>()({
  component: Outlet,
  notFoundComponent: NoSuchPage,
  errorComponent: ({ error }) => (
    <main className="mx-auto max-w-2xl p-6">
      <FaultPanel fault={faultOfPage(error)} />
    </main>
  ),
});

function NoSuchPage() {
  return (
    <main className="mx-auto max-w-2xl p-6">
      <h1 className="font-semibold text-lg">There is no such page.</h1>
      <p className="mt-1 text-soft">The console has one page so far, the farm.</p>
      <Link to="/" search={{}} className="mt-4 inline-block text-accent underline underline-offset-4">
        Show the farm
      </Link>
    </main>
  );
}
