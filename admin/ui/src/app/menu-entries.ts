// What the menu leads to below the inbox's lists. `permission` hides an entry from those who may not open its page.
import type { TextKey } from "../i18n";
import { IconUsers, type Icon } from "../ui/icons";

export interface MenuEntry {
  /** The page's path below the tenant. */
  path: string;
  label: TextKey;
  icon: Icon;
  permission?: string;
}
export interface MenuGroup {
  label: TextKey;
  entries: MenuEntry[];
}

export const MENU: MenuGroup[] = [
  {
    label: "frame.workspace",
    entries: [{ path: "people", label: "frame.people", icon: IconUsers, permission: "members:read" }],
  },
];
