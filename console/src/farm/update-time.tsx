const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** A moment in the reader's own time: the time alone today, with its date before today. */
export function UpdateTime({ updatedAt }: { readonly updatedAt: string }) {
  const moment = new Date(updatedAt);
  if (Number.isNaN(moment.getTime())) return <span>{updatedAt}</span>;
  const isToday = DAY.format(moment) === DAY.format(new Date());
  return (
    <time dateTime={updatedAt} className="whitespace-nowrap">
      {isToday ? '' : `${DAY.format(moment)}, `}
      {CLOCK.format(moment)}
    </time>
  );
}
