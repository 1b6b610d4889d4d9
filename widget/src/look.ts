// The site's colours and place on the page, as rules for the shadow root. Shared by the loader, which knows them first.

import type { SiteConfig } from "./protocol";

const GROUNDS = { light: [255, 255, 255], dark: [23, 32, 42] };

function luminance(rgb: number[]): number {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The colour, darker or lighter until it can be read on the ground and the ground on it (4.5:1). */
export function readable(hex: string, theme: "light" | "dark"): string {
  const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const ground = luminance(GROUNDS[theme]);
  for (let k = 0; ; k += 0.05) {
    const mixed = rgb.map((v) => Math.round(theme === "light" ? v * (1 - k) : v + (255 - v) * k));
    const own = luminance(mixed);
    if (k >= 1 || (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) >= 4.6) return `rgb(${mixed})`;
  }
}

/** Take the site's looks over: attributes of the host for place, size and theme, rules for the rest. */
export function wear(host: HTMLElement, sheet: CSSStyleSheet, config: SiteConfig, theme: string | null): void {
  const set = (name: string, value: string | undefined | null): void => {
    if (value) host.dataset[name] = value;
  };
  set("position", config.position);
  set("size", config.size);
  if (!theme && config.theme !== "auto") set("theme", config.theme);
  const { color, css = "" } = config;
  const accent = (kind: "light" | "dark"): string => `{--accent:${color ? readable(color, kind) : ""}}`;
  const rules = /^#[\da-f]{6}$/i.test(color ?? "") ? `:host${accent("light")}:host([data-theme=dark])${accent("dark")}@media (prefers-color-scheme:dark){:host(:not([data-theme=light]))${accent("dark")}}` : "";
  sheet.replaceSync(rules + css);
}
