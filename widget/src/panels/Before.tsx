// What the site asks before the first message, with the words that the visitor must agree to.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { call } from "./calls";

const KNOWN = ["name", "email", "phone"] as const;

export function Before({ chat, speech }: { chat: Chat; speech: Speech }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [agreed, setAgreed] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { fields, consent, consent_url } = chat.view.config.prechat ?? { fields: [], consent: null, consent_url: null };
  useEffect(() => {
    if (chat.view.open) form.current?.querySelector("input")?.focus();
  }, [chat.view.open]);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const missing = fields.find(({ name, required }) => required && !values[name]?.trim());
    const wrong = values["email"]?.trim() && !/^[^\s@]+@[^\s@]+$/.test(values["email"].trim()) ? "email" : null;
    if (missing || wrong || (consent && !agreed)) {
      setProblem(speech.say(missing ? "fillIn" : wrong ? "noEmail" : "mustAgree"));
      form.current?.querySelector<HTMLElement>(`[name="${missing?.name ?? wrong ?? "consent"}"]`)?.focus();
      return;
    }
    await chat.start();
    if (!(await call(chat, "PUT", "/profile", { fields: values, consent: agreed }))) return setProblem(speech.say("notNow"));
    // This form goes; where one writes comes in its place.
    const root = form.current?.getRootNode() as ShadowRoot | undefined;
    chat.shelf.set("told", true);
    chat.set({ told: true });
    // What was written, or asked for by the page, before: it waits for this.
    chat.retry("");
    requestAnimationFrame(() => root?.querySelector("textarea")?.focus());
  };
  const label = (name: string, own: string | null): string => own ?? (KNOWN.includes(name as "name") ? speech.say(`field_${name as "name"}`) : name);
  return (
    <form class="asks" ref={form} noValidate onSubmit={(event) => void send(event)}>
      <p>{speech.say("beforeWeTalk")}</p>
      {fields.map(({ name, label: own, required }) => (
        <label key={name}>
          <span>
            {label(name, own)}
            {!required && <span class="quiet"> {speech.say("optional")}</span>}
          </span>
          <input
            name={name}
            {...kind(name)}
            required={required}
            maxLength={500}
            dir="auto"
            value={values[name] ?? ""}
            aria-invalid={problem !== null && required && !values[name]?.trim()}
            onInput={(event) => (setValues({ ...values, [name]: event.currentTarget.value }), setProblem(null))}
          />
        </label>
      ))}
      {consent && (
        <label class="consent">
          <input type="checkbox" name="consent" checked={agreed} onChange={(event) => (setAgreed(event.currentTarget.checked), setProblem(null))} />
          <span>
            {consent}{" "}
            {consent_url && (
              <a href={consent_url} target="_blank" rel="noopener noreferrer">
                {speech.say("readMore")}
              </a>
            )}
          </span>
        </label>
      )}
      {problem && (
        <p class="failed" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="main">
        {speech.say("begin")}
      </button>
    </form>
  );
}

/** What kind of field it is, and what a browser may fill in. */
function kind(name: string): object {
  if (name === "email") return { type: "email", autocomplete: "email" };
  if (name === "phone") return { type: "tel", autocomplete: "tel" };
  return { autocomplete: name === "name" ? "name" : "off" };
}
