// What the app lends to the panels, so that they need not bring it along.

import type { clock, day } from "../i18n";
import { HANDLE } from "../shell";
import type { words } from "../ui/Entry";

interface Lent {
  clock: typeof clock;
  day: typeof day;
  words: typeof words;
}

export const lent = window[HANDLE]?.lend as Lent;
