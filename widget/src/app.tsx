// Takes the loader's shell over: draws the window, answers the page's calls, tells it what happens.

import { Fragment, render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { jsx, jsxs } from "preact/jsx-runtime";
import answerCss from "./answer.css?inline";
import css from "./app.css?inline";
import { Chat } from "./chat";
import extrasCss from "./extras.css?inline";
import { clock, day, learn, type Speech, speak, teach } from "./i18n";
import { spoken } from "./markdown";
import type { PanelSet } from "./panels";
import type { Message } from "./protocol";
import { type Call, HANDLE, type Shell } from "./shell";
import { CONFIG } from "./session";
import { openShelf } from "./storage";
import { words } from "./ui/Entry";
import { Panel } from "./ui/Panel";
import type { ChatEvents } from "./view";

declare const __PANELS__: string;

type EventName = keyof ChatEvents | "ready" | "open" | "close";
type Handler = (value: unknown) => void;

class App {
  private readonly chat: Chat;
  private readonly mount = document.createElement("div");
  private readonly handlers = new Map<string, Set<Handler>>();
  private speech: Speech;
  private announcement = "";
  private drawing = 0;
  private destroyed = false;
  private wanted = false;

  constructor(private readonly shell: Shell) {
    const { settings, root } = shell;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css + answerCss + extrasCss);
    const site = root.adoptedStyleSheets.filter((known) => known !== shell.looks);
    root.adoptedStyleSheets = [...site, sheet, shell.looks];
    root.append(this.mount);
    // A page that is nothing but the chat has no language of its own.
    const page = shell.host.dataset["layout"] === "page" ? null : document.documentElement.lang;
    this.speech = this.speak(settings.locale, page, ...navigator.languages);
    this.chat = new Chat(new URL(settings.base), settings.site, openShelf(settings.site), () => this.draw(), (event, value) => this.tell(event, value));
    void shell.config.then((config) => {
      if (!config || this.destroyed) return;
      this.chat.shelf.set(CONFIG, config);
      this.chat.set({ config });
    });
    if (openShelf(settings.site).get("session")) void this.chat.start();
    this.draw();
  }

  /** The best words there are; better ones follow as soon as they are fetched. */
  private speak(...wishes: (string | null | undefined)[]): Speech {
    void learn(new URL(this.shell.settings.base), ...wishes).then((learned) => {
      if (!learned) return;
      this.speech = speak(...wishes);
      this.draw();
    });
    return speak(...wishes);
  }

  run([method, ...args]: Call): unknown {
    switch (method) {
      case "open":
        return this.setOpen(true);
      case "close":
        return this.setOpen(false);
      case "toggle":
        return this.setOpen(!this.chat.view.open);
      case "ask":
        return this.ask(String(args[0] ?? "").trim());
      case "identify":
        return this.identify(args[0]);
      case "setLocale":
        this.speech = this.speak(String(args[0]), this.speech.locale);
        return this.draw();
      case "setTheme":
        return this.setTheme(String(args[0]));
      case "on":
        return this.on(String(args[0]), args[1]);
      case "destroy":
        return this.destroy();
      default:
        console.warn(`Switchboard: there is no method "${method}".`);
        return undefined;
    }
  }

  tell(event: EventName, value?: unknown): void {
    if (event === "message") this.announce(value as Message);
    for (const handler of this.handlers.get(event) ?? []) {
      try {
        handler(value);
      } catch (error) {
        console.error("Switchboard: a handler of the page failed.", error);
      }
    }
  }

  private announce(message: Message): void {
    const agent = message.author.kind === "agent";
    const author = message.author.name ?? (agent ? null : this.chat.view.config.name) ?? this.speech.say(agent ? "colleague" : "bot");
    this.announcement = `${author}: ${spoken(message.parts.flatMap((part) => words(part, this.speech)).join("\n\n"))}`;
    this.draw();
  }

  private setOpen(open: boolean): void {
    if (this.destroyed || open === this.chat.view.open) return;
    // A page that is nothing but the chat has nothing to close it into.
    if (!open && this.shell.host.dataset["layout"] === "page") return;
    this.chat.setOpen(open);
    this.paint();
    if (!open) this.shell.button.focus();
    this.tell(open ? "open" : "close");
  }

  // The page's own buttons may ask in the visitor's name, as if typed; no longer than could be typed.
  private ask(question: string): void {
    this.setOpen(true);
    if (question) this.chat.send([{ type: "text", text: question.slice(0, 4_000) }]);
  }

  /** Fetch the panels, once, and draw anew when they are there. */
  private wantPanels(): void {
    if (this.wanted || this.shell.panels) return;
    this.wanted = true;
    this.shell.lend = { jsx, jsxs, Fragment, useEffect, useLayoutEffect, useRef, useState, clock, day, words };
    this.shell.taken = (panels: PanelSet) => {
      this.shell.panels = panels;
      teach(panels.texts);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(panels.css);
      const own = this.shell.root.adoptedStyleSheets.filter((known) => known !== this.shell.looks);
      this.shell.root.adoptedStyleSheets = [...own, sheet, this.shell.looks];
      this.draw();
    };
    this.shell.bring(__PANELS__, () => (this.wanted = false));
  }

  private setTheme(theme: string): void {
    if (theme === "light" || theme === "dark") this.shell.host.dataset["theme"] = theme;
    else delete this.shell.host.dataset["theme"];
  }

  private identify(identity: unknown): void {
    this.chat.identify(identity);
  }

  private on(event: string, handler: unknown): () => void {
    if (typeof handler !== "function") return () => undefined;
    const known = this.handlers.get(event) ?? new Set<Handler>();
    this.handlers.set(event, known.add(handler as Handler));
    return () => known.delete(handler as Handler);
  }

  private destroy(): void {
    this.destroyed = true;
    cancelAnimationFrame(this.drawing);
    this.chat.destroy();
    render(null, this.mount);
    this.shell.remove();
  }

  // One picture a frame, however much arrives; a hidden page has no frames and needs none but the launcher's count.
  private draw(): void {
    if (this.drawing || this.destroyed) return;
    this.drawing = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    this.drawing = 0;
    const { view } = this.chat;
    const { button } = this.shell;
    button.setAttribute("aria-expanded", String(view.open));
    const label = view.open ? "close" : view.unread ? "openUnread" : "open";
    const text = button.dataset["text"];
    button.setAttribute("aria-label", `${text ? `${text}. ` : ""}${this.speech.say(label, { n: view.unread })}`);
    if (view.unread) button.dataset["unread"] = view.unread > 9 ? "9+" : String(view.unread);
    else delete button.dataset["unread"];
    this.mount.lang = this.speech.locale;
    this.mount.dir = this.speech.dir;
    render(
      <Panel view={view} chat={this.chat} speech={this.speech} title={this.shell.settings.title} announcement={this.announcement} panels={this.shell.panels ?? null} onWant={() => this.wantPanels()} onClose={() => this.setOpen(false)} />,
      this.mount,
    );
  }
}

const shell = window[HANDLE];
if (shell) {
  const app = new App(shell);
  shell.run = (call) => app.run(call);
  for (const call of shell.queue.splice(0)) app.run(call);
  app.tell("ready");
}
