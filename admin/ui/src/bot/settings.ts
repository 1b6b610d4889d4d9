// The bot's part of a tenant's settings, as the hub reads it; what is not set has the hub's own default.
import { useState } from "react";
import { useKeepSettings } from "../knowledge/tuning";
import { useWords } from "../i18n/owner";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";

export interface BotSettings {
  bot_name: string;
  company: string;
  instructions: string;
  language: string;
  notice: string;
  use_knowledge: boolean;
  unsupported: string;
  handoff_keywords: string[];
  misses_before_handoff: number;
  max_answers: number | null;
  max_cost: string | number | null;
  min_support: number;
  on_model_failure: string;
  phrases: Record<string, Record<string, string>>;
}

const USUAL: BotSettings = {
  bot_name: "Assistant",
  company: "",
  instructions: "",
  language: "en",
  notice: "",
  use_knowledge: true,
  unsupported: "cut",
  handoff_keywords: [],
  misses_before_handoff: 3,
  max_answers: null,
  max_cost: null,
  min_support: 0,
  on_model_failure: "extracts",
  phrases: {},
};

export function botOf(settings: Record<string, unknown>): BotSettings {
  const given = settings["bot"];
  const known = given !== null && typeof given === "object" ? Object.entries(given).filter(([name]) => name in USUAL) : [];
  return { ...USUAL, ...Object.fromEntries(known) };
}

/** A form over some of the bot's settings: what is typed, what changed, and keeping it. */
export function useBotForm<K extends keyof BotSettings>(bot: BotSettings, names: readonly K[], saved: () => void) {
  const t = useWords();
  const keep = useKeepSettings();
  const [typed, setTyped] = useState(() => Object.fromEntries(names.map((name) => [name, bot[name]])) as Pick<BotSettings, K>);
  const { busy, refused, wrong, send } = useSend<unknown>(names);
  const dirty = names.some((name) => JSON.stringify(typed[name]) !== JSON.stringify(bot[name]));
  const set = (part: Partial<Pick<BotSettings, K>>) => setTyped((before) => ({ ...before, ...part }));
  const submit = async () => {
    if (!(await send(() => keep("bot", typed as unknown as Record<string, unknown>)))) return;
    told(t("own.changed"));
    saved();
  };
  return { typed, set, submit, busy, refused, wrong, dirty };
}
