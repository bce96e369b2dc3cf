/** What a marketplace admits, as it says itself. */
export interface MarketplaceRule {
  readonly marketplace: string;
  readonly says: string;
  readonly source: string;
}

/** What marketplaces say of the cards that farms have. Stored copies of their pages: not read on the day. */
export const marketplaceRules: readonly MarketplaceRule[] = [
  {
    marketplace: 'Vast.ai',
    says:
      'NVIDIA from the GeForce 10 series on; of AMD Radeon VII, RX 7900 and Instinct from MI25 on, RX 6000 perhaps; ' +
      'AVX, a core and 4 GB of RAM a card, all cards of a rig alike; “mining rigs may never be verified”.',
    source: 'vast.ai/docs/hosting/verification-stages, copy of unknown date',
  },
  {
    marketplace: 'Akash',
    says: 'Providers were filtered for NVIDIA; an AMD card was not recognised.',
    source: 'github.com/akash-network/community/issues/336, comment of 7 November 2023',
  },
];
