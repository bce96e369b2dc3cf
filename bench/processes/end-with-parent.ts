/** Ends this process when its stdin ends: a benchmark that is killed leaves nothing running. */
export function endWithParent(): void {
  process.stdin.resume();
  process.stdin.once('end', () => process.exit(0));
}
