// How was it? Five faces in words and numbers, and a sentence if one wishes.

import { useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { Icon } from "../ui/icons";
import { call } from "./calls";

const SCORES = [1, 2, 3, 4, 5] as const;
const REMEMBERED = 50;

export function Rating({ chat, speech }: { chat: Chat; speech: Speech }) {
  const [score, setScore] = useState<number | null>(null);
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState(false);
  const conversation = chat.view.conversation?.id ?? "";
  const known = [conversation, ...chat.view.rated].slice(0, REMEMBERED);
  const give = async (value: number, words?: string): Promise<boolean> => {
    const body = { score: value, ...(words && { comment: words }) };
    const done = (await call(chat, "PUT", `/conversations/${conversation}/rating`, body)) !== null;
    setProblem(!done);
    // Answered is answered, though this window stays for a word; others, and the next page, ask no more.
    if (done) chat.shelf.set("rated", known);
    return done;
  };
  const choose = async (value: number): Promise<void> => {
    setScore(value);
    if (!(await give(value))) setScore(null);
  };
  const close = (): void => {
    chat.shelf.set("rated", known);
    chat.set({ rated: known });
  };
  const finish = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (score !== null && comment.trim() && !(await give(score, comment.trim()))) return;
    close();
  };
  return (
    <form class="asks rating" onSubmit={(event) => void finish(event)}>
      <div class="asks-head">
        <p id="rating-title">{speech.say("howWasIt")}</p>
        <button type="button" class="plain" aria-label={speech.say("notRate")} onClick={close}>
          <Icon name="close" small />
        </button>
      </div>
      <div class="scores" role="radiogroup" aria-labelledby="rating-title">
        {SCORES.map((value) => (
          <label key={value} data-chosen={score === value ? "" : undefined}>
            <input type="radio" name="score" class="spoken" checked={score === value} onChange={() => void choose(value)} />
            <span class="number">{value}</span>
            <span class="word">{speech.say(`score${value}`)}</span>
          </label>
        ))}
      </div>
      {score !== null && (
        <div class="asks-line">
          <input value={comment} maxLength={2000} dir="auto" aria-label={speech.say("rateWhy")} placeholder={speech.say("rateWhy")} onInput={(event) => setComment(event.currentTarget.value)} />
          <button type="submit" class="main">
            {speech.say(comment.trim() ? "send" : "done")}
          </button>
        </div>
      )}
      {problem && (
        <p class="failed" role="alert">
          {speech.say("notNow")}
        </p>
      )}
    </form>
  );
}
