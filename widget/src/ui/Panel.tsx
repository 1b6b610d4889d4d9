// The window: who answers, what the visitor should know, the messages, and where to write.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { clock, day, type Speech } from "../i18n";
import { Composer } from "./Composer";
import { Face } from "./Face";
import { Icon, type IconName } from "./icons";
import { Log } from "./Log";
import type { PanelSet, SheetName } from "../panels";
import type { QueueNews } from "../protocol";
import type { View } from "../view";

interface Props {
  view: View;
  chat: Chat;
  speech: Speech;
  title: string | null;
  /** The last complete message in plain words, for screen readers. */
  announcement: string;
  /** The panels that are not there from the beginning; `onWant` fetches them. */
  panels: PanelSet | null;
  onWant(): void;
  onClose(): void;
}

export function Panel({ view, chat, speech, title, announcement, panels, onWant, onClose }: Props) {
  const panel = useRef<HTMLElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  const [over, setOver] = useState(false);
  const [menu, setMenu] = useState(false);
  const [sheet, setSheet] = useState<SheetName | null>(null);
  const Sheet = sheet && panels?.sheets[sheet];
  const asked = asksBefore(view);
  const Before = asked && panels?.Before;
  const Rating = asksRating(view) && panels?.Rating;
  useEffect(() => {
    if (view.open && (asked || asksRating(view) || view.transcript.messages.at(-1)?.parts.some((part) => part.fields))) onWant();
  });
  const show = (name: SheetName | null): void => {
    if (name) onWant();
    setMenu(false);
    setSheet(name);
    if (!name) requestAnimationFrame(() => panel.current?.querySelector("textarea")?.focus());
  };
  const closeMenu = (): void => {
    setMenu(false);
    more.current?.focus();
  };
  useEffect(() => {
    if (view.open) panel.current?.querySelector("textarea")?.focus();
  }, [view.open]);
  return (
    <section
      class="panel"
      part="panel"
      role="dialog"
      aria-labelledby="title"
      hidden={!view.open}
      ref={panel}
      data-over={over ? speech.say("dropHere") : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void chat.attach(event.dataTransfer?.files ?? [], { tooLarge: speech.say("tooLarge"), failed: speech.say("uploadFailed") });
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header part="header">
        <Portrait view={view} base={chat.base} />
        <div class="who">
          <h2 id="title">{title ?? view.config.name ?? speech.say("title")}</h2>
          <Standing view={view} speech={speech} />
        </div>
        <button type="button" class="plain" aria-label={speech.say("conversations")} title={speech.say("conversations")} aria-expanded={sheet === "conversations"} onClick={() => show(sheet ? null : "conversations")}>
          <Icon name="list" />
        </button>
        <div
          class="menu"
          onKeyDown={(event) => {
            if (event.key !== "Escape" || !menu) return;
            event.stopPropagation();
            closeMenu();
          }}
          onFocusOut={(event) => {
            if (menu && event.relatedTarget && !event.currentTarget.contains(event.relatedTarget as Node)) setMenu(false);
          }}
        >
          <button type="button" class="plain" ref={more} aria-label={speech.say("menu")} aria-expanded={menu} aria-controls="menu" onClick={() => (onWant(), setMenu(!menu))}>
            <Icon name="more" />
          </button>
          {menu && panels && <panels.Menu chat={chat} speech={speech} onClose={closeMenu} onSheet={show} />}
        </div>
        <button type="button" class="plain shut" aria-label={speech.say("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {Sheet && <Sheet chat={chat} speech={speech} onClose={() => show(null)} />}
      <div class="room" hidden={Boolean(Sheet)}>
      <Banner view={view} speech={speech} onLetter={() => show("letter")} />
      <Log view={view} chat={chat} speech={speech} />
      <div class="spoken" role="status" aria-live="polite">
        {announcement}
      </div>
      {Rating && <Rating chat={chat} speech={speech} />}
      {Before ? <Before chat={chat} speech={speech} /> : !asked && <Composer chat={chat} speech={speech} />}
      {view.config.notice && <p class="foot">{view.config.notice}</p>}
      </div>
    </section>
  );
}

function Standing({ view, speech }: { view: View; speech: Speech }) {
  const state = view.conversation?.state ?? "bot";
  const agent = view.conversation?.agent;
  const text = {
    bot: speech.say("bot"),
    waiting: speech.say("bot"),
    agent: agent ?? speech.say("colleague"),
    resolved: speech.say("bot"),
  }[state];
  return (
    <div class="state" data-state={state === "agent" ? "agent" : "bot"}>
      <Icon name={state === "agent" ? "person" : "bot"} small />
      {text}
    </div>
  );
}

/** Whether the site wants to know something before the first message. */
function asksBefore({ config, told, transcript }: View): boolean {
  return Boolean(config.prechat && (config.prechat.fields.length || config.prechat.consent)) && (told === false || (!told && !transcript.messages.length));
}

/** Whether to ask how it was: a person answered, it is over, and nobody asked yet. */
function asksRating({ config, conversation, rated, transcript }: View): boolean {
  return config.ask_rating !== false && conversation?.state === "resolved" && !rated.includes(conversation.id) && transcript.messages.at(-1)?.author.kind !== "system" && transcript.messages.some((m) => m.author.kind === "agent");
}

/** The site's picture, or the colleague's. */
function Portrait({ view, base }: { view: View; base: URL }) {
  const { conversation, config } = view;
  const name = conversation?.state === "agent" && conversation.agent;
  if (name) return <Face name={name} picture={conversation.picture} base={base} />;
  return config.avatar ? <Face name="" picture={config.avatar} base={base} /> : null;
}

function Banner({ view, speech, onLetter }: { view: View; speech: Speech; onLetter(): void }) {
  const [kind, icon, text] = standing(view, speech);
  return (
    <div class="banner" data-kind={kind} role="status">
      <Icon name={icon} small />
      <span>{text}</span>
      {kind === "away" && view.config.offline_form !== false && (
        <button type="button" class="link" onClick={onLetter}>
          {speech.say("letter")}
        </button>
      )}
    </div>
  );
}

/** What the visitor should know most of all: kind, icon and words. */
function standing({ link, metBefore, pending, conversation, queue, config }: View, speech: Speech): [string, IconName, string] {
  const state = conversation?.state ?? "bot";
  if (link === "unavailable") return ["offline", "offline", speech.say("unavailable")];
  if (link === "offline" && (metBefore || pending.length)) return ["offline", "offline", speech.say("offline")];
  if (state === "agent") return [state, "person", conversation?.agent ? speech.say("agent", { name: conversation.agent }) : speech.say("agentUnnamed")];
  if (config.open === false) return ["away", "clock", awayUntil(config.opens_at, speech)];
  if (state === "resolved") return [state, "done", speech.say("resolved")];
  return state === "waiting" ? [state, "clock", waiting(queue, speech)] : [state, "info", speech.say("isBot")];
}

function awayUntil(opens: string | null | undefined, speech: Speech): string {
  return opens ? speech.say("awayUntil", { when: `${day(speech.locale, opens)}, ${clock(speech.locale, opens)}` }) : speech.say("away");
}

function waiting(queue: QueueNews | null, speech: Speech): string {
  const { place, wait } = queue ?? {};
  if (place == null) return speech.say("waiting");
  const where = speech.say("waitingPlace", { place });
  return wait == null ? where : `${where} ${speech.say("waitingTime", { minutes: Math.max(1, Math.round(wait / 60)) })}`;
}
