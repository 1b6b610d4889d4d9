// While nobody is there: a message and an address, for a person to answer later.

import { useState } from "preact/hooks";
import { call } from "./calls";
import { Sheet, type SheetProps } from "./sheet";

export function Letter({ chat, speech, onClose }: SheetProps) {
  const [email, setEmail] = useState("");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!/^[^\s@]+@[^\s@]+$/.test(email.trim())) return setProblem(speech.say("noEmail"));
    if (!text.trim()) return setProblem(speech.say("fillIn"));
    await chat.start();
    if (!(await call(chat, "PUT", "/profile", { fields: { email: email.trim() } }))) return setProblem(speech.say("notNow"));
    chat.send([{ type: "text", text: text.trim() }]);
    chat.send([{ type: "choice", id: "person", title: speech.say("letter") }]);
    onClose();
  };
  return (
    <Sheet title={speech.say("letter")} speech={speech} onClose={onClose}>
      <form class="asks letter" noValidate onSubmit={(event) => void send(event)}>
        <p>{speech.say("letterWhy")}</p>
        <label>
          <span>{speech.say("field_email")}</span>
          <input type="email" name="email" autocomplete="email" required maxLength={200} dir="auto" value={email} onInput={(event) => (setEmail(event.currentTarget.value), setProblem(null))} />
        </label>
        <label>
          <span>{speech.say("letterText")}</span>
          <textarea rows={6} required maxLength={4000} dir="auto" value={text} onInput={(event) => (setText(event.currentTarget.value), setProblem(null))} />
        </label>
        {problem && (
          <p class="failed" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="main">
          {speech.say("send")}
        </button>
      </form>
    </Sheet>
  );
}
