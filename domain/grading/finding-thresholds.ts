import { BANDWIDTH_TOLERANCE } from '../inventory.ts';
import { type Bytes, GIB, MIB } from '../quantity.ts';

/**
 * From where a reading is a finding. Where no source is named the threshold is ours, chosen so that a card in good
 * order does not reach it.
 */

/** Micron rates GDDR5, 5X and 6 up to 95 °C (100 at the junction); GDDR6X slows itself at 110 (techpowerup.com, Igor's Lab). */
export const HOT_MEMORY_CELSIUS = 95;

/** NVIDIA's own slowdown starts at 93 to 98 °C (rig-outputs, nvidia-smi-xml: `gpu_temp_slow_threshold`). */
export const HOT_CORE_CELSIUS = 90;

/** AMD's throttle limit of the junction is 105 to 110 °C. */
export const HOT_SPOT_CELSIUS = 105;

/** A chip this warm with a fan that stands has lost its cooling; cards stop fans on purpose only below about 60 °C. */
export const FAN_NEEDED_CELSIUS = 65;

/** From here a fan has nothing left to give. */
export const FAN_FULL_PERCENT = 98;

/** A core this warm at full fan is not cooled enough; below it the fan was only set so. */
export const FAN_FULL_WARM_CELSIUS = 75;

/** No running card is colder or hotter; HiveOS prints 511 °C for a card that no longer answers. */
export const COLDEST_BELIEVED_CELSIUS = -20;
export const HOTTEST_BELIEVED_CELSIUS = 125;

/** How far a power limit may be from the shipped one before it is worth a word, in percent of the shipped. */
export const POWER_LIMIT_TOLERANCE_PERCENT = 5;

/** Under this share of the shipped limit, reading prompts loses more than a third of its speed (llmgarage.ai, February 2026). */
export const POWER_LIMIT_COSTLY_PERCENT = 60;

/** A memory clock this far above the model's own was raised. */
export const MEMORY_CLOCK_TOLERANCE_PERCENT = 3;

/** HiveOS takes a "core clock" from 500 on as a clock to lock at, below as an offset. */
export const LOCKED_CLOCK_MHZ = 500;

/** e042 of effects.csv: one step too tight a timing made 156,000 corrected errors in a short benchmark. */
export const MANY_ECC_CORRECTED = 1000;

/** Uncorrected errors from here on are no single event. */
export const MANY_ECC_UNCORRECTED = 10;

/** NVIDIA retires at most 64 pages of a card, then it is for exchange (Dynamic Page Retirement, docs.nvidia.com/deploy). */
export const MANY_RETIRED_PAGES = 60;

/** A link in good order sends next to nothing again; so many replays are contacts, cable or riser. */
export const MANY_PCIE_REPLAYS = 100;

/** Shares computed wrongly; a few come from a changing network, not from the card. */
export const MANY_INVALID_SHARES = 10;

/** Under this share of what its model hashes when tuned, a card is sick or not set up, in percent. */
export const LOW_HASH_RATE_PERCENT = 60;

/** LHR firmware halves Ethash on cards of the RTX 30 series, so that only less than this tells of a sick one. */
export const LOW_HASH_RATE_LHR_PERCENT = 35;

/** Busy enough that the link would be at its full generation. */
export const BUSY_PERCENT = 50;

/** 256 MiB is what cards without Resizable BAR have; a CMP 40HX has 64. */
export const SMALL_BAR1_BYTES: Bytes = 256 * MIB;

/** More than this in use is a miner, a desktop or a model, not the driver. */
export const VRAM_IN_USE_BYTES: Bytes = 512 * MIB;

/** Less than this left over: another program, or a longer prompt than reckoned with, ends the model server. */
export const TIGHT_BYTES: Bytes = 256 * MIB;

/** Measured under this share of the model's own figure, in percent: FP32, memory bandwidth, the link. */
export const LOW_COMPUTE_PERCENT = 60;
export const LOW_BANDWIDTH_PERCENT = 60;
export const LOW_LINK_PERCENT = 50;

/** A throttled CMP measures 2 to 8 % of its chip's FP32, an unlocked one 80 to 100 % (effects.csv e027 to e032). */
export const THROTTLED_PERCENT = 30;
export const UNLOCKED_PERCENT = 60;

/**
 * Generating reads all weights once a token: tokens/s times their bytes is a share of the memory's bandwidth. Of the 42
 * dense rows of llm-bench.csv with known sizes it is 36 to 84 %; above 100 % no card can be, and a tenth more is left for
 * memory that its owner raised, as intake does.
 */
export const SLOW_GENERATION_PERCENT = 20;
export const FAST_GENERATION_PERCENT = 92;
export const IMPOSSIBLE_GENERATION_PERCENT = Math.round(100 * BANDWIDTH_TOLERANCE);

/** Outside the 90 % interval of its model, and by this factor again: one card in ten is outside without any fault. */
export const ODD_SPEED_FACTOR = 1.4;

/** The system with its agent and logs, before any model. */
export const SYSTEM_DISK_BYTES: Bytes = 16e9;

/** 20 Mbit/s: a model of 5 GB then takes half an hour to fetch. */
export const SLOW_UPLINK_BYTES_PER_SECOND = 2.5e6;

/** RAM of one llama.cpp server beside the card that it drives. Source: effects.csv e047 (P106 servers, 2026-06). */
export const SERVER_LEAST_BYTES: Bytes = 0.6e9;
export const SERVER_MOST_BYTES: Bytes = 2.0e9;

/** A headless system with its agent; ours keep within 300 MB of it. */
export const SYSTEM_RAM_BYTES: Bytes = 1 * GIB;

/** A reading older than this says little of a card that runs day and night. */
export const STALE_AFTER_DAYS = 30;
