import type { TargetedClipboardEvent, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { MAX_FILES } from "../files";
import type { Speech } from "../i18n";
import type { Part } from "../protocol";
import { Files } from "./Files";
import type { View } from "../view";
import { Icon } from "./icons";

const LONGEST = 4_000;

/** Whether the bot is at work on an answer that could be stopped. */
function isAnswering({ awaiting, typing, transcript, conversation }: View): boolean {
  return (conversation?.state ?? "bot") === "bot" && (awaiting || typing?.bot === true || transcript.streams.size > 0);
}

/** Where the visitor writes: grows with the text, Enter sends, Shift+Enter starts a line. */
export function Composer({ chat, speech }: { chat: Chat; speech: Speech }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { entries: uploads } = chat.uploads;
  const answering = isAnswering(chat.view);
  const sendable = text.trim() !== "" || uploads.some((upload) => upload.part);

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  const send = (): void => {
    const said = text.trim();
    if (!sendable) return;
    const parts: Part[] = [...(said ? [{ type: "text", text: said }] : []), ...uploads.flatMap(({ part }) => (part ? [part] : []))];
    if (said.length > LONGEST) setProblem(speech.say("tooLong", { n: said.length, max: LONGEST }));
    else if (uploads.some(({ part, error }) => !part && !error)) setProblem(speech.say("uploading"));
    else if (parts.length > MAX_FILES) setProblem(speech.say("tooMany", { max: MAX_FILES - 1 }));
    else if (!chat.send(parts)) setProblem(speech.say("outboxFull"));
    else {
      for (const upload of uploads) chat.uploads.remove(upload);
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
  const take = (files: Iterable<File>): void => {
    const words = { tooLarge: speech.say("tooLarge"), failed: speech.say("uploadFailed") };
    void chat.attach(files, words).then((left) => {
      if (left === null) setProblem(words.failed);
      else setProblem(left ? speech.say("tooMany", { max: MAX_FILES }) : null);
    });
  };
  const onPaste = (event: TargetedClipboardEvent<HTMLTextAreaElement>): void => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    take(files);
  };
  return (
    <>
      <Files uploads={uploads} speech={speech} onRemove={(upload) => chat.uploads.remove(upload)} />
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
        <input
          type="file"
          multiple
          hidden
          ref={picker}
          onChange={({ currentTarget: input }) => {
            take(input.files ?? []);
            input.value = "";
          }}
        />
        <button type="button" class="plain attach" aria-label={speech.say("attach")} title={speech.say("attach")} onClick={() => picker.current?.click()}>
          <Icon name="clip" />
        </button>
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
          onPaste={onPaste}
          dir="auto"
        />
        {answering && !sendable ? (
          <button type="button" class="send" aria-label={speech.say("stop")} title={speech.say("stop")} onClick={() => (void chat.acts.stop(), field.current?.focus())}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="send" aria-label={speech.say("send")} disabled={!sendable}>
            <Icon name="send" />
          </button>
        )}
      </form>
    </>
  );
}
