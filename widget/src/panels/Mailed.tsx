// A copy of the conversation by mail, to the visitor's own mailbox.

import { useState } from "preact/hooks";
import { ask } from "./calls";
import { Sheet, type SheetProps } from "./sheet";

export function Mailed({ chat, speech, onClose }: SheetProps) {
  const [email, setEmail] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [sent, setSent] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!/^[^\s@]+@[^\s@]+$/.test(email.trim())) return setProblem(speech.say("noEmail"));
    if (!agreed) return setProblem(speech.say("mustAgree"));
    const body = { email: email.trim(), consent: true, locale: speech.locale };
    const answer = await ask(chat, "POST", `/conversations/${chat.view.transcript.conversation}/transcript`, body);
    if (!answer?.ok) return setProblem(speech.say(answer?.status === 429 ? "mailedEnough" : "notNow"));
    setProblem(null);
    setSent(true);
  };
  return (
    <Sheet title={speech.say("mail")} speech={speech} onClose={onClose}>
      <form class="asks letter" noValidate onSubmit={(event) => void send(event)}>
        {sent ? (
          <p role="status">{speech.say("mailed", { email: email.trim() })}</p>
        ) : (
          <>
            <p>{speech.say("mailWhy")}</p>
            <label>
              <span>{speech.say("field_email")}</span>
              <input type="email" name="email" autocomplete="email" required maxLength={254} dir="auto" value={email} onInput={(event) => (setEmail(event.currentTarget.value), setProblem(null))} />
            </label>
            <label class="consent">
              <input type="checkbox" name="agreed" checked={agreed} onChange={(event) => (setAgreed(event.currentTarget.checked), setProblem(null))} />
              <span>{speech.say("mailConsent")}</span>
            </label>
          </>
        )}
        {problem && (
          <p class="failed" role="alert">
            {problem}
          </p>
        )}
        {sent ? (
          <button type="button" class="main" onClick={onClose}>
            {speech.say("done")}
          </button>
        ) : (
          <button type="submit" class="main">
            {speech.say("send")}
          </button>
        )}
      </form>
    </Sheet>
  );
}
