// What else can be done with the conversation: keep a copy of it, sound, be forgotten.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import type { Message } from "../protocol";
import type { SheetName } from ".";
import { lent } from "./lent";
import { asText, saveText } from "./saved";

export interface MenuProps {
  chat: Chat;
  speech: Speech;
  /** Close, and give the focus back where it came from. */
  onClose(): void;
  onSheet(name: SheetName): void;
}

export function Menu({ chat, speech, onClose, onSheet }: MenuProps) {
  const [sure, setSure] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  const { transcript, config } = chat.view;
  const talked = transcript.conversation !== null && transcript.messages.some((message) => message.direction === "out");
  const download = (): void => {
    const said = (message: Message): string => message.parts.flatMap((part) => lent.words(part, speech)).join("\n\n");
    saveText(`${config.name ?? "chat"}.txt`, asText(transcript.messages, speech, said));
    onClose();
  };
  const forget = async (): Promise<void> => {
    if (!sure) return setSure(true);
    await chat.acts.forget();
    onClose();
  };
  const begin = (): void => {
    chat.turnTo(null);
    onClose();
  };
  return (
    <div id="menu" class="items" ref={box}>
      <button type="button" onClick={begin}>
        {speech.say("newConversation")}
      </button>
      <button type="button" onClick={() => onSheet("conversations")}>
        {speech.say("conversations")}
      </button>
      <button type="button" onClick={download}>
        {speech.say("download")}
      </button>
      {talked && config.mails && (
        <button type="button" onClick={() => onSheet("mail")}>
          {speech.say("mail")}
        </button>
      )}
      {talked && config.elsewhere?.length ? (
        <button type="button" onClick={() => onSheet("elsewhere")}>
          {speech.say("elsewhere")}
        </button>
      ) : null}
      <button type="button" onClick={() => chat.acts.setSound(!chat.view.sound)}>
        {speech.say(chat.view.sound ? "soundOff" : "soundOn")}
      </button>
      <button type="button" class="failed" onClick={() => void forget()}>
        {speech.say(sure ? "forgetSure" : "forget")}
      </button>
    </div>
  );
}
