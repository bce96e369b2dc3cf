import type { FindingMeaning, MendKind } from './finding-meaning.ts';
import { STALE_AFTER_DAYS } from './finding-thresholds.ts';

/** The codes of a rig as a whole: each limits all its cards. */
export const rigFindingCodes = {
  'no-cards': rig('No cards', ['blocking'], 'nothing lists a card', 'power and seat the cards', 'power'),
  'integrated-only': rig(
    'Integrated graphics only',
    ['blocking'],
    'only graphics of processor or board are listed',
    'power and seat the cards',
    'power',
  ),
  'card-missing': rig(
    'Card missing',
    ['warning'],
    'an earlier source lists a card that the newest does not',
    'look at riser, power and slot',
    'new-riser',
  ),
  'cards-contradiction': rig(
    'Sources differ on the cards',
    ['info'],
    'two sources list different cards, none missing',
    'give the newest only',
    'reading',
  ),
  'card-contradiction': rig(
    'Sources differ on a card',
    ['info'],
    'two sources say different things of one card',
    'probe the rig',
    'reading',
  ),
  'host-contradiction': rig(
    'Sources differ on the host',
    ['info'],
    'two sources differ on processor, board or driver',
    'probe the rig',
    'reading',
  ),
  'ram-contradiction': rig(
    'Sources differ on RAM',
    ['info'],
    'two sources report different RAM',
    'give the newest only',
    'reading',
  ),
  'ram-unknown': rig('RAM not known', ['warning'], 'nothing reports it', 'probe the rig', 'reading'),
  'ram-typical': rig('RAM taken as typical', ['info'], 'taken from the board’s usual fit', 'probe the rig', 'reading'),
  'ram-small': rig(
    'RAM for fewer cards than there are',
    ['warning', 'blocking'],
    '1 GiB for the system and 2 GB a card are more than there is; blocking where not one card can serve',
    'more RAM',
    'buy-ram',
  ),
  'ram-below-model': rig(
    'RAM below the largest model',
    ['info'],
    'less RAM than the largest model that fits its cards',
    'more RAM, or a disk that reads fast',
    'buy-ram',
  ),
  'cpu-unknown': rig('Processor not known', ['info'], 'no rule tells its instructions', 'probe the rig', 'reading'),
  'cpu-no-avx': rig('No AVX', ['warning'], 'the processor has SSE only', 'our builds, or another host', 'new-host'),
  'cpu-no-avx2': rig(
    'No AVX2',
    ['info'],
    'the processor has AVX and no AVX2',
    'our builds, or another host',
    'new-host',
  ),
  'cpu-few-cores': rig(
    'Few cores for many cards',
    ['warning'],
    'more than two cards a core',
    'spread the cards, or another processor',
    'move-card',
  ),
  'disk-usb': rig(
    'USB stick as system disk',
    ['warning', 'info'],
    'a disk on USB; info where another is there',
    'SATA SSD',
    'disk',
  ),
  'disk-small': rig(
    'Small disk',
    ['warning', 'info'],
    'no room for the system and the largest model that fits; info where a second model has no room',
    'larger SSD',
    'disk',
  ),
  'uplink-slow': rig('Slow uplink', ['warning'], 'under 20 Mbit/s', 'cable instead of radio, better line', 'network'),
  'virtual-machine': rig('Virtual machine', ['info'], 'the machine says so', 'run the agent on the host', 'setting'),
  'driver-unknown': rig('Driver not known', ['info'], 'NVIDIA cards, and no version', 'probe the rig', 'reading'),
  'driver-dropped': rig(
    'Driver past its branch',
    ['blocking', 'warning'],
    'the driver is newer than the last that drives a card; a warning where it drives others of the rig',
    'install the last branch that drives all',
    'driver',
  ),
  'driver-old': rig(
    'Driver too old',
    ['warning', 'info'],
    'the driver is older than a card’s route needs; info where it carries CUDA 12 all the same',
    'install a newer branch',
    'driver',
  ),
  'driver-conflict': rig(
    'No branch drives all cards',
    ['warning'],
    'one card’s route begins after another’s last branch',
    'part them by rig',
    'move-card',
  ),
  'vendors-mixed': rig(
    'Vendors mixed',
    ['info'],
    'NVIDIA and AMD cards in one rig',
    'part them, or serve both by Vulkan',
    'move-card',
  ),
  'link-unknown': rig('Links not known', ['info'], 'no source tells the PCIe link', 'probe the rig', 'reading'),
} satisfies Readonly<Record<string, FindingMeaning>>;

/** The codes of a farm as a whole. */
export const farmFindingCodes = {
  'duplicate-id': farm(
    'Same card twice',
    ['warning'],
    'two cards carry the same UUID or serial',
    'take one of the listings out',
    'reading',
  ),
  'reading-stale': farm(
    'Old readings',
    ['warning'],
    `the newest source of a rig is older than ${STALE_AFTER_DAYS} days`,
    'read the rigs anew',
    'reading',
  ),
  'reading-undated': farm(
    'Readings without a date',
    ['info'],
    'no time, or one that cannot be read',
    'read the rigs anew',
    'reading',
  ),
  'clock-ahead': farm(
    'Clock ahead',
    ['info'],
    'a source is dated more than a day from now',
    'set the rig’s clock',
    'setting',
  ),
  'drivers-mixed': farm(
    'Driver branches mixed',
    ['info'],
    'rigs run different branches of NVIDIA’s driver',
    'one branch on all rigs',
    'driver',
  ),
} satisfies Readonly<Record<string, FindingMeaning>>;

function rig(
  title: string,
  severities: FindingMeaning['severities'],
  when: string,
  mend: string,
  mendKind: MendKind,
): FindingMeaning {
  return { title, about: 'rig', severities, when, mend, mendKind };
}

function farm(
  title: string,
  severities: FindingMeaning['severities'],
  when: string,
  mend: string,
  mendKind: MendKind,
): FindingMeaning {
  return { title, about: 'farm', severities, when, mend, mendKind };
}
