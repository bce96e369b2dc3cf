/** The product's name as it is drawn: a rig of three cards, one of them at work, and the word. */
export function Wordmark() {
  return (
    <svg viewBox="0 0 98 30" role="img" aria-label="Rerig" className="h-7 w-auto text-ink">
      <g className="fill-faint">
        <rect x="1" y="4.5" width="17" height="4" rx="1.25" />
        <rect x="1" y="17.5" width="17" height="4" rx="1.25" />
      </g>
      <rect x="1" y="11" width="17" height="4" rx="1.25" className="fill-live" />
      <g fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M29 21V5h5.6a4.6 4.6 0 0 1 0 9.2H29M34.6 14.2 40 21" />
        <path d="M44.6 15.6h10.6a5.3 5.3 0 1 0-1.7 3.9" />
        <path d="M60.6 21V10.4M60.6 15.4c0-3.2 1.9-5 5-5" />
        <path d="M71 21V10.4" />
        <circle cx="82" cy="15.6" r="5.3" />
        <path d="M87.3 10.4v11.2a5.2 5.2 0 0 1-5.2 5.2h-3.4" />
      </g>
      <circle cx="71" cy="5.2" r="1.7" fill="currentColor" />
    </svg>
  );
}
