/**
 * What Node is given for a replica's program. Its young heap stays at 24 MiB (three times this, in MiB): by itself it grows
 * to 150, which a rig of 4 GiB with several cards feels, and no speed is gained (tokens/s within 2 %, `npm run bench -- soak`).
 */
export const replicaHeapFlags: readonly string[] = ['--max-semi-space-size=8'];
