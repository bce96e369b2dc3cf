/**
 * The names that a list of Slurm's stands for: `rig[1-3,07],head` is rig1, rig2, rig3, rig07 and head. What is no such list
 * is given as it stands. One bracket a name, as names of rigs have it.
 */
export function expandHostList(list: string): readonly string[] {
  return splitOutside(list).flatMap(expandName);
}

/** At the commas that stand in no bracket. */
function splitOutside(list: string): readonly string[] {
  return list.split(/,(?![^[]*\])/).filter((part) => part !== '');
}

function expandName(part: string): readonly string[] {
  const [, before, ranges, after] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(part) ?? [];
  if (before === undefined || ranges === undefined || after === undefined) return [part];
  return ranges.split(',').flatMap((range) => numbersOf(range).map((number) => `${before}${number}${after}`));
}

/** `08-10` is 08, 09 and 10: as many digits as the first has. */
function numbersOf(range: string): readonly string[] {
  const [first = '', last = first] = range.split('-');
  const length = Number(last) - Number(first) + 1;
  if (!(length >= 1)) return [range];
  return Array.from({ length }, (_, step) => String(Number(first) + step).padStart(first.length, '0'));
}
