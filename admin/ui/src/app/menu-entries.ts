// What the menu leads to below the inbox's lists. `permission` hides an entry from those who may not open its page.
import type { TextKey } from "../i18n";
import { IconBook, IconPlugged, IconUsers, type Icon } from "../ui/icons";

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
    label: "frame.setUp",
    entries: [
      { path: "channels", label: "frame.channels", icon: IconPlugged, permission: "channels:read" },
      { path: "knowledge", label: "frame.knowledge", icon: IconBook, permission: "knowledge:read" },
    ],
  },
  {
    label: "frame.workspace",
    entries: [{ path: "people", label: "frame.people", icon: IconUsers, permission: "members:read" }],
  },
];
