// What is not needed for a question and its answer: fetched when somebody opens it.

import type { ComponentType } from "preact";
import { HANDLE } from "../shell";
import { Conversations } from "./Conversations";
import { en } from "./en";
import { Menu, type MenuProps } from "./Menu";
import css from "./panels.css?inline";
import type { SheetProps } from "./sheet";

export type SheetName = "conversations";

export interface PanelSet {
  texts: typeof en;
  css: string;
  Menu: ComponentType<MenuProps>;
  sheets: Record<SheetName, ComponentType<SheetProps>>;
}

window[HANDLE]?.taken?.({ texts: en, css, Menu, sheets: { conversations: Conversations } });
