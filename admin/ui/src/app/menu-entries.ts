// What the menu leads to below the inbox's lists. `permission` hides an entry from those who may not open its page.
import type { TextKey } from "../i18n";
import { PLATFORM } from "./access";
import { IconActivity, IconAdjustments, IconBook, IconBuilding, IconChart, IconCircleCheck, IconDownload, IconHelp, IconHistory, IconKey, IconListCheck, IconMessages, IconPlugged, IconRobot, IconUsers, IconWebhook, type Icon } from "../ui/icons";

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
    label: "frame.insight",
    entries: [
      { path: "overview", label: "frame.overview", icon: IconChart, permission: "reports:read" },
      { path: "gaps", label: "frame.gaps", icon: IconHelp, permission: "conversations:read_all" },
      { path: "reports", label: "frame.reports", icon: IconDownload, permission: "reports:read" },
      { path: "usage", label: "frame.usage", icon: IconAdjustments, permission: "usage:read" },
    ],
  },
  {
    label: "frame.setUp",
    entries: [
      { path: "start", label: "frame.start", icon: IconCircleCheck, permission: "channels:write" },
      { path: "channels", label: "frame.channels", icon: IconPlugged, permission: "channels:read" },
      { path: "knowledge", label: "frame.knowledge", icon: IconBook, permission: "knowledge:read" },
      { path: "bot", label: "frame.bot", icon: IconRobot, permission: "tenant:write" },
      { path: "bubble", label: "frame.bubble", icon: IconMessages, permission: "channels:write" },
    ],
  },
  {
    label: "frame.workspace",
    entries: [
      { path: "people", label: "frame.people", icon: IconUsers, permission: "members:read" },
      { path: "keys", label: "frame.keysEntry", icon: IconKey, permission: "keys:write" },
      { path: "webhooks", label: "frame.webhooks", icon: IconWebhook, permission: "events:read" },
    ],
  },
  {
    label: "frame.safety",
    entries: [
      { path: "ledger", label: "frame.ledger", icon: IconListCheck, permission: "ledger:read" },
      { path: "audit", label: "frame.audit", icon: IconHistory, permission: "audit:read" },
      { path: "system", label: "frame.system", icon: IconActivity, permission: PLATFORM },
      { path: "tenants", label: "frame.tenants", icon: IconBuilding, permission: PLATFORM },
    ],
  },
];
