// The tenant's own facts about a customer or a conversation, each changed where it stands.
import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { failed, told } from "../ui/toast";
import css from "./Details.module.css";

type Attribute = Schemas["AttributeView"];
export type Value = string | number | boolean | null;

export function useAttributes(target: "contact" | "conversation"): Attribute[] {
  const { tenant } = useHere();
  const all = useQuery({
    queryKey: ["attributes", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/attributes", { params: { path: { tenant } } })),
    staleTime: 60_000,
  }).data?.items;
  return all?.filter((one) => one.target === target) ?? [];
}

interface Props {
  attributes: Attribute[];
  values: Record<string, unknown>;
  locked: boolean;
  /** Keeps one value. Rejects where the hub refuses it. */
  save: (key: string, value: Value) => Promise<unknown>;
}

export function AttributeFields({ attributes, values, locked, save }: Props) {
  const t = useSay();
  const keep = async (key: string, value: Value, before: Value) => {
    try {
      await save(key, value);
      told(t("act.saved"), () => void save(key, before).catch(failed));
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return (
    <div className={css["attributes"]}>
      {attributes.map((attribute) => {
        const value = (values[attribute.key] ?? null) as Value;
        return <Field key={attribute.key} attribute={attribute} value={value} locked={locked} keep={(next) => keep(attribute.key, next, value)} />;
      })}
    </div>
  );
}

interface FieldProps {
  attribute: Attribute;
  value: Value;
  locked: boolean;
  keep: (value: Value) => Promise<void>;
}

function Field({ attribute, value, locked, keep }: FieldProps) {
  const { name: label, type } = attribute;
  if (type === "boolean") {
    return <Checkbox size="xs" label={label} checked={value === true} disabled={locked} onChange={(event) => void keep(event.currentTarget.checked).catch(() => undefined)} />;
  }
  if (type === "list") {
    const chosen = typeof value === "string" ? value : "";
    const data = ["", ...(chosen && !attribute.options.includes(chosen) ? [chosen] : []), ...attribute.options];
    return <NativeSelect size="xs" label={label} data={data} value={chosen} disabled={locked} onChange={(event) => void keep(event.currentTarget.value || null).catch(() => undefined)} />;
  }
  return <Typed label={label} type={type} value={value} locked={locked} keep={keep} />;
}

const KINDS: Record<string, string> = { number: "number", date: "date", link: "url" };

/** Kept with Enter or on leaving; Escape takes back what was typed. What was refused stays, to be mended. */
export function Typed({ label, type, value, locked, keep }: { label: string; type: string; value: Value; locked: boolean; keep: (value: Value) => Promise<void> }) {
  const shown = value === null ? "" : String(value);
  const [text, setText] = useState(shown);
  const [wrong, setWrong] = useState(false);
  useEffect(() => setText(shown), [shown]);
  const sent = useRef(shown);
  useEffect(() => {
    sent.current = shown;
  }, [shown]);
  const done = () => {
    const words = text.trim();
    // What Enter has sent is not sent once more on leaving, while the answer is still on its way.
    if (words === sent.current) return;
    sent.current = words;
    setWrong(false);
    keep(words === "" ? null : type === "number" ? Number(words) : words).catch(() => {
      sent.current = shown;
      setWrong(true);
    });
  };
  return (
    <TextInput
      size="xs"
      label={label}
      type={KINDS[type] ?? "text"}
      step={type === "number" ? "any" : undefined}
      dir="auto"
      maxLength={2_000}
      value={text}
      disabled={locked}
      error={wrong}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") done();
        if (event.key === "Escape") setText(shown);
      }}
    />
  );
}
