// What the loader hands to the app: the place on the page, and the calls that were made before the app was there.

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
