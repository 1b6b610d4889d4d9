// Fields to fill in within the conversation; what was filled in is said as a message.

import { useRef, useState } from "preact/hooks";
import type { Speech } from "../i18n";
import type { Part } from "../protocol";

export interface FormProps {
  part: Part;
  speech: Speech;
  onFill(reply: Part): void;
}

export function Form({ part, speech, onFill }: FormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { id, fields = [] } = part;
  const send = (event: Event): void => {
    event.preventDefault();
    const missing = fields.find(({ name, required }) => required && !values[name]?.trim());
    setProblem(Boolean(missing));
    if (missing) return form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(missing.name)}"]`)?.focus();
    const told = Object.fromEntries(fields.flatMap(({ name }) => (values[name]?.trim() ? [[name, values[name].trim()]] : [])));
    onFill({ type: "form_reply", ...(id && { id }), values: told });
  };
  return (
    <form class="asks filled" ref={form} noValidate onSubmit={send}>
      {fields.map(({ name, label, required }) => (
        <label key={name}>
          <span>
            {label}
            {!required && <span class="quiet"> {speech.say("optional")}</span>}
          </span>
          <input name={name} required={required} maxLength={500} dir="auto" value={values[name] ?? ""} aria-invalid={problem && required && !values[name]?.trim()} onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })} />
        </label>
      ))}
      {problem && (
        <p class="failed" role="alert">
          {speech.say("fillIn")}
        </p>
      )}
      <button type="submit" class="main">
        {speech.say("send")}
      </button>
    </form>
  );
}
