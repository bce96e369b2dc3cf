/** Our own API's contracts: what the server answers and the console and CLI read. */
export {
  type ActivityView,
  activityViewSchema,
  type CardState,
  type CardView,
  cardStateSchema,
  cardViewSchema,
  evidenceSchema,
  type FarmView,
  farmViewSchema,
  findingViewSchema,
  gradeSchema,
  type RigView,
  rigViewSchema,
} from './exchange/farm.ts';
export { toWireRig } from './exchange/farm-wire.ts';
