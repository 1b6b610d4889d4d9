// The visitor's own message, to be said differently.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Speech } from "../i18n";
import { Icon } from "./icons";

interface Props {
  text: string;
  speech: Speech;
  /** Resolves to whether it was taken. */
  onEdit(text: string): Promise<boolean>;
}

export function Rewording({ text, speech, onEdit }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const editing = draft !== null;
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.form?.scrollIntoView({ block: "nearest" });
  }, [editing]);
  const close = (): void => {
    setDraft(null);
    setProblem(false);
    requestAnimationFrame(() => button.current?.focus());
  };
  const send = async (): Promise<void> => {
    const said = draft?.trim();
    if (!said || said === text) return close();
    if (!(await onEdit(said))) setProblem(true);
  };
  if (!editing) {
    return (
      <button type="button" class="plain reword" ref={button} aria-label={speech.say("edit")} title={speech.say("edit")} onClick={() => setDraft(text)}>
        <Icon name="edit" small />
      </button>
    );
  }
  return (
    <form
      class="why"
      onSubmit={(event) => (event.preventDefault(), void send())}
      onKeyDown={(event) => {
        if (event.key === "Escape") (event.stopPropagation(), close());
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === field.current) (event.preventDefault(), void send());
      }}
    >
      <textarea ref={field} rows={Math.min(6, Math.max(2, draft.split("\n").length))} maxLength={4000} dir="auto" value={draft} aria-label={speech.say("edit")} onInput={(event) => setDraft(event.currentTarget.value)} />
      <button type="button" class="link" onClick={close}>
        {speech.say("cancel")}
      </button>
      <button type="submit" class="choice">
        {speech.say("send")}
      </button>
      {problem && (
        <span class="failed" role="alert">
          {speech.say("notNow")}
        </span>
      )}
    </form>
  );
}
