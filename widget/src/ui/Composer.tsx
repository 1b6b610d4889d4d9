import type { TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { Icon } from "./icons";

const LONGEST = 4_000;

/** Where the visitor writes: grows with the text, Enter sends, Shift+Enter starts a line. */
export function Composer({ chat, speech }: { chat: Chat; speech: Speech }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  const send = (): void => {
    const said = text.trim();
    if (!said) return;
    if (said.length > LONGEST) setProblem(speech.say("tooLong", { n: said.length, max: LONGEST }));
    else if (!chat.send([{ type: "text", text: said }])) setProblem(speech.say("outboxFull"));
    else {
      setText("");
      setProblem(null);
    }
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    // Enter that ends an input method's word is not a wish to send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const onInput = (event: TargetedEvent<HTMLTextAreaElement>): void => {
    setText(event.currentTarget.value);
    setProblem(null);
    if (event.currentTarget.value.trim()) chat.typing();
  };
  return (
    <>
      {problem && (
        <p class="problem" id="problem" role="alert">
          {problem}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
          field.current?.focus();
        }}
      >
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={speech.say("placeholder")}
          aria-label={speech.say("placeholder")}
          aria-describedby={problem ? "problem" : undefined}
          aria-invalid={problem !== null}
          enterkeyhint="send"
          onInput={onInput}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={speech.say("send")} disabled={!text.trim()}>
          <Icon name="send" />
        </button>
      </form>
    </>
  );
}
