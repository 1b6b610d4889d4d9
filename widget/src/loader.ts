// The one script a page carries: draws the launcher, takes calls, and fetches the app when somebody wants to talk.

import css from "./loader.css?inline";
import { wear } from "./look";
import type { SiteConfig } from "./protocol";
import { type Call, HANDLE, type Shell } from "./shell";

declare const __APP__: string;

const METHODS = ["open", "close", "toggle", "ask", "identify", "setLocale", "setTheme", "on", "destroy"];
const LABELS: Record<string, string> = { en: "Open chat", de: "Chat öffnen", ar: "افتح المحادثة" };
const SVG = "http://www.w3.org/2000/svg";

function icon(): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const set = (node: Element, values: Record<string, string>): void => {
    for (const name in values) node.setAttribute(name, values[name] as string);
  };
  set(svg, { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" });
  for (const d of ["M4 5.5h16v11h-9l-4.5 3.5v-3.5H4z", "M8 11h.01", "M12 11h.01", "M16 11h.01"]) {
    const path = document.createElementNS(SVG, "path");
    set(path, { d });
    svg.append(path);
  }
  return svg;
}

function start(script: HTMLScriptElement): void {
  const site = script.dataset["site"];
  if (!site) {
    console.error("Switchboard: the script tag needs data-site with your site key.");
    return;
  }
  const { locale = null, theme = null, title = null } = script.dataset;
  const host = document.createElement("switchboard-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const looks = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet, looks];
  if (theme) host.dataset["theme"] = theme;
  const whole = script.dataset["layout"] === "page";
  if (whole) host.dataset["layout"] = "page";

  const button = document.createElement("button");
  const language = (locale ?? (document.documentElement.lang || navigator.language)).slice(0, 2).toLowerCase();
  button.type = "button";
  button.className = "launcher";
  button.setAttribute("aria-label", LABELS[language] ?? (LABELS["en"] as string));
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  button.append(icon());
  button.part.add("launcher");
  root.append(button);

  const dress = (config: SiteConfig): void => {
    wear(host, looks, config, theme);
    if (!config.launcher_text || button.dataset["text"]) return;
    button.dataset["text"] = config.launcher_text;
    button.append(config.launcher_text);
    // Who speaks to the computer says what stands there.
    button.ariaLabel = `${config.launcher_text}. ${button.ariaLabel}`;
  };
  const base = new URL(".", script.src);
  const key = `switchboard:${site}:`;
  // What was known last dresses the launcher at once; what the hub says now follows.
  const kept = shelved(`${key}config`);
  if (kept) dress(kept as SiteConfig);
  const config = fetch(new URL(`api/v1/visitor/config?site_key=${encodeURIComponent(site)}`, base), { credentials: "omit" })
    .then((answer) => (answer.ok ? (answer.json() as Promise<SiteConfig>) : null))
    .catch(() => null);
  void config.then((found) => found && dress(found));

  const trust = trusting();
  const bring = (file: string, failed: () => void): void => {
    const more = document.createElement("script");
    more.src = trust(new URL(`widget/${file}`, script.src).href);
    more.async = true;
    if (script.nonce) more.nonce = script.nonce;
    more.onerror = () => {
      more.remove();
      failed();
    };
    document.head.append(more);
  };
  let asked = false;
  const load = (): void => {
    if (asked) return;
    asked = true;
    // A page that was offline for a moment may ask again.
    bring(__APP__, () => (asked = false));
  };

  const earlier = window.Switchboard;
  const shell: Shell = {
    host,
    root,
    button,
    settings: { site, base: base.href, locale, theme, title },
    queue: [],
    bring,
    config,
    looks,
    run(call) {
      shell.queue.push(call);
      if (call[0] === "destroy") shell.remove();
      else load();
      return undefined;
    },
    remove() {
      host.remove();
      delete window[HANDLE];
      delete window.Switchboard;
    },
  };
  const api: Record<string, unknown> = { push: (...calls: Call[]) => calls.forEach((call) => shell.run(call)) };
  for (const method of METHODS) api[method] = (...args: unknown[]) => shell.run([method, ...args]);
  window[HANDLE] = shell;
  window.Switchboard = api;

  button.addEventListener("click", () => shell.run(["toggle"]));
  for (const hint of ["pointerenter", "focus"]) button.addEventListener(hint, load, { once: true });
  const place = (): void => {
    document.body.append(host);
    if (Array.isArray(earlier)) (earlier as Call[]).forEach((call) => shell.run(call));
    if (whole) shell.run(["open"]);
    // Somebody who talked before may have an answer waiting; a stranger costs the page nothing until he asks.
    if (shelved(`${key}session`)) ("requestIdleCallback" in window ? requestIdleCallback : setTimeout)(load);
  };
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
}

interface Policy {
  createScriptURL(url: string): string;
}

// A page that enforces Trusted Types allows us by `trusted-types switchboard`. The addresses are our own, made above.
function trusting(): (url: string) => string {
  const types = (window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
  try {
    const policy = types?.createPolicy("switchboard", { createScriptURL: (url) => url });
    if (policy) return (url) => policy.createScriptURL(url);
  } catch {
    // The page does not allow it, and then does not enforce it either, or we could not run at all.
  }
  return (url) => url;
}

function shelved(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

const me = document.currentScript;
if (me instanceof HTMLScriptElement && !window[HANDLE]) start(me);
