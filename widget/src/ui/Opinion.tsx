// Was this answer of use? A thumb either way; a thumb down may say why.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Speech } from "../i18n";
import { Icon } from "./icons";

interface Props {
  text: string;
  speech: Speech;
  /** Resolves to whether it was taken. */
  onOpinion(value: "up" | "down", comment?: string): Promise<boolean>;
  /** Missing where it cannot be had again. */
  onAgain: (() => Promise<boolean>) | undefined;
}

export function Opinion({ text, speech, onOpinion, onAgain }: Props) {
  const [value, setValue] = useState<"up" | "down" | null>(null);
  const [comment, setComment] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.scrollIntoView({ block: "nearest" }), [comment === null]);
  const give = async (chosen: "up" | "down"): Promise<void> => {
    if (!(await onOpinion(chosen))) return setDone(speech.say("notNow"));
    setValue(chosen);
    setComment(chosen === "down" ? "" : null);
    setDone(speech.say("thanks"));
  };
  const explain = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (comment?.trim()) await onOpinion("down", comment.trim());
    setComment(null);
    setDone(speech.say("thanks"));
  };
  const copy = (): void => void navigator.clipboard?.writeText(text).then(() => setDone(speech.say("copied")));
  return (
    <div class="opinion">
      {(["up", "down"] as const).map((chosen) => (
        <button key={chosen} type="button" class="plain" aria-pressed={value === chosen} aria-label={speech.say(chosen)} title={speech.say(chosen)} onClick={() => void give(chosen)}>
          <Icon name={chosen} small />
        </button>
      ))}
      <button type="button" class="plain" aria-label={speech.say("copy")} title={speech.say("copy")} onClick={copy}>
        <Icon name="copy" small />
      </button>
      {onAgain && (
        <button type="button" class="plain" aria-label={speech.say("again")} title={speech.say("again")} onClick={() => void onAgain().then((ok) => ok || setDone(speech.say("notNow")))}>
          <Icon name="again" small />
        </button>
      )}
      <span role="status">{done}</span>
      {comment !== null && (
        <form class="why" ref={form} onSubmit={(event) => void explain(event)}>
          <input value={comment} maxLength={1000} aria-label={speech.say("why")} placeholder={speech.say("why")} onInput={(event) => setComment(event.currentTarget.value)} />
          <button type="submit" class="choice">
            {speech.say("send")}
          </button>
        </form>
      )}
    </div>
  );
}
