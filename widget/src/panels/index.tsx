// What is not needed for a question and its answer: fetched when somebody opens it.

import type { ComponentType } from "preact";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { HANDLE } from "../shell";
import { Before } from "./Before";
import { Conversations } from "./Conversations";
import { Elsewhere } from "./Elsewhere";
import { en } from "./en";
import { Form, type FormProps } from "./Form";
import { Letter } from "./Letter";
import { Mailed } from "./Mailed";
import { Menu, type MenuProps } from "./Menu";
import css from "./panels.css?inline";
import { Rating } from "./Rating";
import type { SheetProps } from "./sheet";

export type SheetName = "conversations" | "letter" | "elsewhere" | "mail";

interface Talk {
  chat: Chat;
  speech: Speech;
}

export interface PanelSet {
  texts: typeof en;
  css: string;
  Menu: ComponentType<MenuProps>;
  Before: ComponentType<Talk>;
  Rating: ComponentType<Talk>;
  Form: ComponentType<FormProps>;
  sheets: Record<SheetName, ComponentType<SheetProps>>;
}

window[HANDLE]?.taken?.({ texts: en, css, Menu, Before, Rating, Form, sheets: { conversations: Conversations, letter: Letter, elsewhere: Elsewhere, mail: Mailed } });
