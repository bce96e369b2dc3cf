/** What is for sale and on what terms: offers, and the leases that freeze them. */
export { freezeTerms, type Lease, type Offer, type TokenTerms } from './market/lease.ts';
