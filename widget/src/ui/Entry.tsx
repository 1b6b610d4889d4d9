// One message: who, when, what, and what can be done with it.

import { useState } from "preact/hooks";
import { clock, type Speech } from "../i18n";
import { aim, safeHref } from "../markdown";
import { HANDLE } from "../shell";
import type { AuthorKind, Citation, Option, Part } from "../protocol";
import { Answer } from "./Answer";
import { Face } from "./Face";
import { Icon } from "./icons";
import { Media } from "./Media";
import { Opinion } from "./Opinion";
import { Rewording } from "./Rewording";
import { Sources } from "./Sources";

export interface Entry {
  key: string;
  author: AuthorKind;
  name: string | null;
  picture?: string | null | undefined;
  at: string | null;
  parts: Part[];
  citations: Citation[];
  growing: boolean;
  smooth: boolean;
  state: "sent" | "sending" | "failed";
  error: string | null;
  stopped?: boolean;
}

interface Props {
  entry: Entry;
  /** Options may still be taken: the visitor has said nothing since. */
  live: boolean;
  /** Its form still waits to be filled in. */
  fillable?: boolean;
  /** Nothing was said after it, and the colleague has read it. */
  seen?: boolean;
  base: URL;
  speech: Speech;
  onChoose(option: Option): void;
  onRetry(): void;
  onDrop(): void;
  onGrow(): void;
  /** Send a form that was filled in. */
  onFill?(reply: Part): void;
  /** Missing where there is nothing to judge. */
  onOpinion?(value: "up" | "down", comment?: string): Promise<boolean>;
  /** Missing where it cannot be had again, or not be said differently. */
  onAgain?: (() => Promise<boolean>) | undefined;
  onEdit?: ((text: string) => Promise<boolean>) | undefined;
}

export function EntryView({ entry, live, fillable, seen, base, speech, onChoose, onRetry, onDrop, onGrow, onFill, onOpinion, onAgain, onEdit }: Props) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<number | null>(null);
  const { author, citations, key } = entry;
  const texts = entry.parts.filter((part) => part.type !== "media").flatMap((part) => words(part, speech));
  const media = entry.parts.flatMap((part) => (part.type === "media" ? part : (part.image ?? [])));
  const form = entry.parts.find((part) => part.fields);
  const Form = form && window[HANDLE]?.panels?.Form;
  const options = entry.parts.flatMap((part) => part.options ?? []);
  const show = (n: number): void => {
    setOpen(true);
    setChosen(n);
  };
  return (
    <article class="entry" data-author={author} data-growing={entry.growing ? "" : undefined}>
      {author !== "system" && <Meta entry={entry} base={base} speech={speech} />}
      {texts.map((text, index) => (
        <div class="bubble" key={index} dir="auto">
          {author === "contact" ? (
            text
          ) : (
            <Answer text={text} growing={entry.growing} smooth={entry.smooth} citations={citations} speech={speech} onCitation={show} onGrow={onGrow} />
          )}
        </div>
      ))}
      {media.map((part, index) => (
        <Media key={index} part={part} base={base} speech={speech} />
      ))}
      {Form && onFill && fillable && <Form part={form} speech={speech} onFill={onFill} />}
      {options.length > 0 && <Choices options={options} live={live} speech={speech} onChoose={onChoose} />}
      {citations.length > 0 && !entry.growing && (
        <Sources id={`sources-${key}`} citations={citations} open={open} chosen={chosen} speech={speech} onToggle={() => setOpen(!open)} />
      )}
      {onOpinion && !entry.growing && <Opinion text={texts.join("\n\n")} speech={speech} onOpinion={onOpinion} onAgain={onAgain} />}
      {onEdit && texts[0] && <Rewording text={texts[0]} speech={speech} onEdit={onEdit} />}
      {seen && <p class="under">{speech.say("seen")}</p>}
      {entry.stopped && <p class="under">{speech.say("stopped")}</p>}
      {entry.state !== "sent" && <Fate entry={entry} speech={speech} onRetry={onRetry} onDrop={onDrop} />}
    </article>
  );
}

function Meta({ entry, base, speech }: { entry: Entry; base: URL; speech: Speech }) {
  const own = entry.author === "contact";
  const name = entry.name ?? speech.say(entry.author === "agent" ? "colleague" : "bot");
  return (
    <div class="meta">
      {own ? (
        <span class="spoken">{speech.say("you")}</span>
      ) : (
        <span class="name">
          {entry.author === "agent" ? <Face name={name} picture={entry.picture} base={base} /> : <Icon name="bot" small />}
          <bdi>{name}</bdi>
        </span>
      )}
      {entry.at && <time dateTime={entry.at}>{clock(speech.locale, entry.at)}</time>}
    </div>
  );
}

function Choices({ options, live, speech, onChoose }: { options: Option[]; live: boolean; speech: Speech; onChoose(option: Option): void }) {
  return (
    <div class="choices" role="group" aria-label={speech.say("choice")}>
      {options.map((option) => {
        const url = option.url ? safeHref(option.url) : null;
        if (url) {
          return (
            <a class="choice" key={option.id} ref={(a) => void (a && aim(a, url))}>
              {option.title}
            </a>
          );
        }
        return (
          <button type="button" class="choice" key={option.id} disabled={!live} title={option.description} onClick={() => onChoose(option)}>
            {option.title}
          </button>
        );
      })}
    </div>
  );
}

function Fate({ entry, speech, onRetry, onDrop }: { entry: Entry; speech: Speech; onRetry(): void; onDrop(): void }) {
  if (entry.state === "sending") {
    return (
      <div class="under">
        <Icon name="clock" small />
        {speech.say("sending")}
      </div>
    );
  }
  return (
    <div class="under">
      <span class="failed">
        {speech.say("notSent")} {entry.error}
      </span>
      <button type="button" class="link" onClick={onRetry}>
        {speech.say("tryAgain")}
      </button>
      <button type="button" class="link" onClick={onDrop}>
        {speech.say("drop")}
      </button>
    </div>
  );
}

/** What a part says. Kinds that this widget does not draw yet show at least their name. */
export function words(part: Part, speech: Speech): string[] {
  switch (part.type) {
    case "text":
    case "choices":
    case "location_request":
      return part.text ? [part.text] : [];
    case "choice":
      return [part.title ?? part.id ?? ""];
    case "card":
      return [[part.title && `**${part.title}**`, part.text].filter(Boolean).join("\n\n")];
    case "media":
      return [[part.name ?? speech.say("file"), part.caption].filter(Boolean).join("\n\n")];
    case "form_reply":
      return Object.entries(part.values ?? {}).map(([name, value]) => `${name}: ${value}`);
    default: {
      const { text, title, name, address, latitude, longitude, phones = [], emails = [] } = part;
      return [[text ?? title, name, address, latitude && `${latitude}, ${longitude}`, ...phones, ...emails].filter(Boolean).join("\n\n")];
    }
  }
}
