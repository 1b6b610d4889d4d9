// What else can be done with the conversation: keep a copy of it, sound, be forgotten.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { Icon } from "./icons";

export function Menu({ chat, speech, onDownload }: { chat: Chat; speech: Speech; onDownload(): void }) {
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) box.current?.querySelector("button")?.focus();
    else setSure(false);
  }, [open]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const forget = async (): Promise<void> => {
    if (!sure) return setSure(true);
    await chat.acts.forget();
    close();
  };
  return (
    <div
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <button type="button" class="plain" ref={button} aria-label={speech.say("menu")} aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      <div id="menu" class="items" hidden={!open} ref={box}>
        <button type="button" onClick={() => (onDownload(), close())}>
          {speech.say("download")}
        </button>
        <button type="button" aria-pressed={chat.view.sound} onClick={() => chat.acts.setSound(!chat.view.sound)}>
          {speech.say(chat.view.sound ? "soundOff" : "soundOn")}
        </button>
        <button type="button" class="failed" onClick={() => void forget()}>
          {speech.say(sure ? "forgetSure" : "forget")}
        </button>
      </div>
    </div>
  );
}
