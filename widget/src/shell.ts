// What the loader hands to the app: the place on the page, and the calls that were made before the app was there.

import type { PanelSet } from "./panels";
import type { SiteConfig } from "./protocol";

export type Call = [method: string, ...args: unknown[]];

export interface Settings {
  site: string;
  base: string;
  locale: string | null;
  theme: string | null;
  title: string | null;
}

export interface Shell {
  host: HTMLElement;
  root: ShadowRoot;
  button: HTMLButtonElement;
  settings: Settings;
  /** Calls made so far; the app drains them and takes `run` over. */
  queue: Call[];
  run(call: Call): unknown;
  /** How the site set the bubble up; null where the hub cannot say just now. */
  config: Promise<SiteConfig | null>;
  /** The sheet that holds the site's own looks. */
  looks: CSSStyleSheet;
  /** Fetch another script of ours, by its file name. */
  bring(file: string, failed: () => void): void;
  /** What the app lends to the panels, which are scripts of their own and come when they are needed. */
  lend?: unknown;
  /** The panels, once they are there; `taken` is told of them. */
  panels?: PanelSet;
  taken?(panels: PanelSet): void;
  /** Remove the bubble and its global; a later script may start anew. */
  remove(): void;
}

export const HANDLE = "__switchboard";

declare global {
  interface Window {
    Switchboard?: unknown;
    [HANDLE]?: Shell | undefined;
  }
}
