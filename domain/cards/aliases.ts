/** Names that drivers and shops print for several models, or short for one, by key; the keys of what they may mean. */
const aliases: ReadonlyMap<string, readonly string[]> = new Map([
  ['rx vega', ['rx vega 56', 'rx vega 64']],
  ['rx vega series', ['rx vega 56', 'rx vega 64']],
  ['vega', ['rx vega 56', 'rx vega 64']],
  ['vega 56', ['rx vega 56']],
  ['vega 64', ['rx vega 64']],
  ['vega fe', ['vega frontier']],
  ['rx vega frontier', ['vega frontier']],
  ['fury', ['r9 fury']],
  ['fury x', ['r9 fury x']],
  ['nano', ['r9 nano']],
  ['r9 200 series', ['r9 270', 'r9 270x', 'r9 280', 'r9 280x', 'r9 285', 'r9 290', 'r9 290x']],
  ['r9 380 series', ['r9 380', 'r9 380x']],
  ['r9 390 series', ['r9 390', 'r9 390x']],
  ['r9 fury series', ['r9 fury', 'r9 fury x', 'r9 nano']],
  ['nano series', ['r9 nano']],
  ['hd 7900 series', ['hd 7950', 'hd 7970']],
  ['radeon vii', ['vii']],
  ['p100', ['p100 pcie', 'p100 sxm2']],
  ['v100', ['v100 pcie', 'v100 sxm2', 'v100 sxm3']],
  ['v100 sxm', ['v100 sxm2', 'v100 sxm3']],
  ['v100s', ['v100s pcie']],
  ['a100', ['a100 pcie', 'a100 sxm4']],
  ['a100 sxm', ['a100 sxm4']],
  ['h100', ['h100 pcie', 'h100 sxm5', 'h100 nvl']],
  ['h100 sxm', ['h100 sxm5']],
  ['h100 hgx', ['h100 sxm5']],
  ['p100 nvlink', ['p100 sxm2']],
  ['v100 nvlink', ['v100 sxm2', 'v100 sxm3']],
  ['h100 hbm3', ['h100 sxm5']],
  ['h100 sxm5 hbm3', ['h100 sxm5']],
  ['k20c', ['k20']],
  ['k20m', ['k20']],
  ['k20s', ['k20']],
  ['k20xm', ['k20x']],
  ['k40c', ['k40']],
  ['k40m', ['k40']],
  ['k40s', ['k40']],
  ['k40t', ['k40']],
  ['quadro rtx 8000 passive', ['quadro rtx 8000']],
  ['quadro rtx 6000 passive', ['quadro rtx 6000']],
  ['h200', ['h200 sxm', 'h200 nvl']],
  ['titan x', ['gtx titan x', 'titan x pascal']],
  ['titan x maxwell', ['gtx titan x']],
  ['titan', ['gtx titan']],
  ['titan black', ['gtx titan black']],
  ['rtx 3000', ['quadro rtx 3000 mobile']],
  ['quadro rtx 3000', ['quadro rtx 3000 mobile']],
  ['quadro rtx 3000 max q', ['quadro rtx 3000 mobile']],
  ['rtx 4000', ['quadro rtx 4000', 'rtx 4000 ada']],
  ['rtx 5000', ['quadro rtx 5000', 'rtx 5000 ada']],
  ['rtx 6000', ['quadro rtx 6000', 'rtx 6000 ada']],
  ['rtx 8000', ['quadro rtx 8000']],
  ['t1200', ['t1200 mobile']],
  ['l6000', ['rtx 6000 ada']],
  ['rtx pro 2000', ['rtx pro 2000 blackwell']],
  ['rtx pro 4000', ['rtx pro 4000 blackwell']],
  ['rtx pro 4500', ['rtx pro 4500 blackwell']],
  ['rtx pro 5000', ['rtx pro 5000 blackwell']],
  ['rtx pro 6000', proBlackwell()],
  ['rtx pro 6000 blackwell', proBlackwell()],
  ['rtx pro 6000 blackwell max q workstation', ['rtx pro 6000 blackwell max q']],
  ['r9700', ['ai pro r9700']],
  ['pro r9700', ['ai pro r9700']],
  ['gtx 1650 gddr5', ['gtx 1650']],
  ['p102', ['p102 100']],
  ['p104', ['p104 100', 'p104 101']],
  ['p106', ['p106 090', 'p106 100']],
  ['5600', ['rx 5600 xt']],
  ['6900', ['rx 6900 xt']],
  ['mi50 mi60', ['mi50', 'mi60']],
]);

function proBlackwell(): readonly string[] {
  return ['workstation', 'max q', 'server'].map((kind) => `rtx pro 6000 blackwell ${kind}`);
}

/** What a shortened key may stand for: `a4000` → `rtx a4000`, `4090` → `rtx 4090`, `w7700` → `pro w7700`. */
const shortened: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^a\d{3,4}$/, ['rtx ', 'arc ']],
  [/^b\d{3}$/, ['arc ']],
  [/^\d{3,4}( |$)/, ['rtx ', 'gtx ', 'rx ', 'r9 ', 'quadro rtx ']],
  [/^(w\d|wx \d|v\d)/, ['pro ']],
  [/^(1[0267]|20|30|40|50|90)?\d?0hx$/, ['cmp ']],
  [/^pro [ab]\d0$/, ['arc ']],
];

/** The keys that a printed key may mean, most literal first; the caller takes the first group that it knows. */
export function readingsOf(key: string): readonly (readonly string[])[] {
  const bare = key.replace(/ series$/, '');
  const prefixed = shortened.flatMap(([pattern, prefixes]) =>
    pattern.test(bare) ? [prefixes.map((prefix) => `${prefix}${bare}`)] : [],
  );
  const literal = [aliases.get(key), [bare]];
  return [...literal.filter((group) => group !== undefined), ...prefixed];
}
