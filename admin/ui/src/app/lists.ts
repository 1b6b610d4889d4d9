// The inbox's lists in the order of the menu. Saved views stand below them.
import type { TextKey } from "../i18n";
import { IconAt, IconCircleCheck, IconClockPause, IconHandStop, IconRobot, IconUserCheck, IconUserQuestion, IconUsers, IconMessages, type Icon } from "../ui/icons";

export interface ListEntry {
  /** Its name in the address and in the API. */
  id: string;
  label: TextKey;
  icon: Icon;
  /** Whether its count asks for attention. */
  urgent?: boolean;
}

export const LISTS: ListEntry[] = [
  { id: "needs_person", label: "inbox.listWaiting", icon: IconHandStop, urgent: true },
  { id: "mine", label: "inbox.listMine", icon: IconUserCheck },
  { id: "team", label: "inbox.listTeam", icon: IconUsers },
  { id: "unassigned", label: "inbox.listUnassigned", icon: IconUserQuestion },
  { id: "bot", label: "inbox.listBot", icon: IconRobot },
  { id: "mentions", label: "inbox.listMentions", icon: IconAt },
  { id: "snoozed", label: "inbox.listSnoozed", icon: IconClockPause },
  { id: "resolved", label: "inbox.listResolved", icon: IconCircleCheck },
  { id: "open", label: "inbox.listOpen", icon: IconMessages },
];
