// The list of messages. It follows the newest one only while the reader is at the end, and never moves what is read.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Chat } from "../chat";
import { day, type Speech } from "../i18n";
import type { Message, Option, Part, SiteConfig } from "../protocol";
import { type Entry, EntryView } from "./Entry";
import type { View } from "../view";

const NEAR_END = 48;

function told(message: Message, smooth: boolean, bot: string | null): Entry {
  return {
    key: message.id,
    author: message.author.kind,
    name: message.author.name ?? (message.author.kind === "bot" ? bot : null),
    picture: message.author.picture,
    at: message.at,
    parts: message.deleted_at ? [] : message.parts,
    citations: message.citations ?? [],
    growing: false,
    smooth,
    state: "sent",
    error: null,
    stopped: message.stopped ?? false,
  };
}

function entries(view: View, smooth: ReadonlySet<string>): Entry[] {
  const { transcript, pending, config } = view;
  return [
    ...transcript.messages.filter((message) => !message.superseded).map((message) => told(message, smooth.has(message.id), config.name ?? null)),
    ...pending.map(
      (waiting): Entry => ({
        key: waiting.client_id,
        author: "contact",
        name: null,
        at: waiting.at,
        parts: waiting.parts,
        citations: [],
        growing: false,
        smooth: false,
        state: waiting.error === undefined ? "sending" : "failed",
        error: waiting.error ?? null,
      }),
    ),
    ...[...transcript.streams.values()]
      .filter((stream) => stream.text !== "")
      .map(
        (stream): Entry => ({
          key: stream.id,
          author: "bot",
          name: config.name ?? null,
          at: null,
          parts: [{ type: "text", text: stream.text }],
          citations: [],
          growing: true,
          smooth: true,
          state: "sent",
          error: null,
        }),
      ),
  ];
}

export function Log({ view, chat, speech }: { view: View; chat: Chat; speech: Speech }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const streamed = useRef(new Set<string>());
  for (const id of view.transcript.streams.keys()) streamed.current.add(id);
  const shown = entries(view, streamed.current);
  const last = shown[shown.length - 1];

  const follow = (): void => {
    const element = box.current;
    // Who fills in a form in it is not at the end, though nothing was below it a moment ago.
    if (element && atEnd.current && !element.querySelector("form:focus-within")) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    if (last?.state === "sending") atEnd.current = true;
    follow();
  }, [shown.length, view.typing !== null, view.open, last?.key]);

  const { transcript } = view;
  const ownIndex = shown.findLastIndex((entry) => entry.author === "contact");
  const lastOwn = shown[ownIndex];
  const asking = openForm(view);
  const revisable = (view.conversation?.state ?? "bot") === "bot" && view.link === "online";
  const choose = (of: string, option: Option): void => void chat.send([{ type: "choice", id: option.id, title: option.title }], of);
  return (
    <div
      class="log"
      role="log"
      aria-live="off"
      aria-label={speech.say("log")}
      tabIndex={0}
      ref={box}
      onScroll={({ currentTarget: e }) => {
        atEnd.current = e.scrollHeight - e.scrollTop - e.clientHeight < NEAR_END;
      }}
    >
      {shown.length === 0 && <Welcome view={view} chat={chat} speech={speech} />}
      {shown.flatMap((entry, index) => [
        newDay(shown[index - 1], entry) && (
          <p class="entry note" key={`day-${entry.key}`}>
            {day(speech.locale, entry.at ?? "")}
          </p>
        ),
        entry.key === view.unseenFrom && (
          <p class="unseen" key="unseen">
            {speech.say("newMessages")}
          </p>
        ),
        <EntryView
          key={entry.key}
          base={chat.base}
          {...(entry.author === "bot" && entry.at && { onOpinion: (value: "up" | "down", comment?: string) => chat.acts.opine(entry.key, value, comment) })}
          onAgain={revisable && entry === last && entry.author === "bot" ? () => chat.acts.regenerate(entry.key) : undefined}
          onEdit={revisable && entry === lastOwn && entry.state === "sent" && isWords(entry) ? (text) => chat.acts.edit(entry.key, text) : undefined}
          entry={entry}
          live={index > ownIndex}
          fillable={entry.key === asking}
          seen={entry === last && entry === lastOwn && entry.state === "sent" && (transcript.messages.at(-1)?.seq ?? 0) <= (view.conversation?.seen ?? 0)}
          speech={speech}
          onChoose={(option) => choose(entry.key, option)}
          onFill={(reply) => void chat.send([reply])}
          onRetry={() => chat.retry(entry.key)}
          onDrop={() => chat.drop(entry.key)}
          onGrow={follow}
        />,
      ])}
      {view.transcript.withdrawn.size > 0 && <p class="entry note">{speech.say("withdrawn")}</p>}
      {view.typing && <Writing name={view.typing.name ?? (view.typing.bot ? view.config.name : null) ?? speech.say(view.typing.bot ? "bot" : "colleague")} speech={speech} />}
    </div>
  );
}

/** The message whose form still waits: other words leave it open; an answer, a later form or a later conversation closes it. */
function openForm({ transcript, pending }: View): string | null {
  const answers = ({ parts }: { parts: Part[] }): boolean => parts.some((part) => part.type === "form_reply");
  if (pending.some(answers)) return null;
  const last = transcript.messages.findLast((message) => answers(message) || message.parts.some((part) => part.fields));
  return last?.conversation_id === transcript.conversation ? last.id : null;
}

function isWords(entry: Entry): boolean {
  return entry.parts.some((part) => part.type === "text");
}

function newDay(before: Entry | undefined, entry: Entry): boolean {
  if (!entry.at) return false;
  const today = new Date().toDateString();
  const own = new Date(entry.at).toDateString();
  return before?.at ? new Date(before.at).toDateString() !== own : own !== today;
}

/** The site's words for this page at this hour of the visitor's day. */
function greetingFor({ greetings = [] }: SiteConfig): string | undefined {
  const now = new Date().toTimeString().slice(0, 5);
  return greetings.find(({ path, starts, ends }) => {
    const here = !path || (path.endsWith("*") ? location.pathname.startsWith(path.slice(0, -1)) : location.pathname === path);
    const [from, to] = [starts ?? "00:00", ends ?? "24:00"];
    return here && (from < to ? now >= from && now < to : now >= from || now < to);
  })?.text;
}

function Welcome({ view, chat, speech }: { view: View; chat: Chat; speech: Speech }) {
  const { greeting, name, suggestions = [] } = view.config;
  const entry = told(
    {
      id: "welcome",
      conversation_id: "",
      seq: 0,
      direction: "out",
      author: { kind: "bot", name: name ?? null },
      parts: [{ type: "choices", text: greetingFor(view.config) ?? greeting ?? speech.say("greeting"), options: suggestions.map((title) => ({ id: title, title })) }],
      at: "",
    },
    false,
    null,
  );
  const ask = (option: Option): void => void chat.send([{ type: "text", text: option.title }]);
  const nothing = (): void => {};
  return <EntryView entry={entry} live base={chat.base} speech={speech} onChoose={ask} onRetry={nothing} onDrop={nothing} onGrow={nothing} />;
}

function Writing({ name, speech }: { name: string; speech: Speech }) {
  return (
    <div class="entry" data-author="bot">
      <div class="dots" role="img" aria-label={speech.say("writing", { name })}>
        <i />
        <i />
        <i />
      </div>
    </div>
  );
}
