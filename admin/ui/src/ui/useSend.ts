// A form's way to the hub: one at a time, what was typed stays, and each complaint goes to its field.
import { useRef, useState } from "react";
import { problemOf } from "../api/problem";
import { useSay } from "../i18n";
import { wordsFor } from "./ProblemNotice";

export interface Sending<T> {
  busy: boolean;
  /** What is wrong with the whole; null where the fields say it all. */
  refused: string | null;
  /** What is wrong by field. */
  wrong: Record<string, string>;
  /** Calls, and gives what came of it; undefined where it was refused. */
  send: (act: () => Promise<T>) => Promise<T | undefined>;
  /** Forgets the complaint about a field, as when it is edited. */
  forget: (field: string) => void;
}

/** `fields` are those the form shows: complaints about others are said for the whole. */
export function useSend<T>(fields: readonly string[]): Sending<T> {
  const t = useSay();
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [wrong, setWrong] = useState<Record<string, string>>({});

  const send = async (act: () => Promise<T>): Promise<T | undefined> => {
    if (running.current) return undefined;
    running.current = true;
    setBusy(true);
    setRefused(null);
    setWrong({});
    try {
      return await act();
    } catch (error) {
      const problem = problemOf(error);
      const known = Object.fromEntries(Object.entries(problem.byField).filter(([field]) => fields.includes(field)));
      setWrong(known);
      if (Object.keys(known).length === 0) setRefused(wordsFor(problem, t));
      else requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return undefined;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const forget = (field: string) => setWrong(({ [field]: _gone, ...rest }) => rest);
  return { busy, refused, wrong, send, forget };
}
