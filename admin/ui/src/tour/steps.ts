// Where the tour leads, in the order of a first day. Whoever may not open a page is not led there.
import { MENU } from "../app/menu-entries";
import type { OwnKey } from "../i18n/owner";

export interface Step {
  /** The page's path below the tenant. */
  path: string;
  text: OwnKey;
}

export const STEPS: Step[] = [
  { path: "knowledge", text: "tour.knowledge" },
  { path: "bot", text: "tour.bot" },
  { path: "channels", text: "tour.channels" },
  { path: "bubble", text: "tour.bubble" },
  { path: "inbox/needs_person", text: "tour.inbox" },
  { path: "people", text: "tour.people" },
  { path: "overview", text: "tour.overview" },
  { path: "gaps", text: "tour.gaps" },
  { path: "ledger", text: "tour.ledger" },
];

/** The steps of somebody who holds these permissions. */
export function stepsFor(may: (permission: string) => boolean): Step[] {
  const needs = new Map(MENU.flatMap(({ entries }) => entries).map(({ path, permission }) => [path, permission]));
  return STEPS.filter(({ path }) => may(needs.get(path) ?? "conversations:read_assigned"));
}
