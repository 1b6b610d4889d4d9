import { Button, Checkbox, ColorInput, Group, SegmentedControl, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import type { Channel } from "../channels/data";
import { useWords } from "../i18n/owner";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { Preview } from "./Preview";

export type Site = Schemas["SiteSettings"];
const ASKED = ["name", "email", "phone"] as const;
const COLORS = ["#0b7a75", "#1d66d6", "#6d4bd8", "#c02f2f", "#a65500", "#1e7f4f", "#16202b"];

/** The form of a site's bubble, with what it makes of it beside. */
export function Designer({ site, kept }: { site: Channel; kept: Site }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const [typed, setTyped] = useState<Site>(kept);
  const [shown, setShown] = useState<"desktop" | "phone">("desktop");
  const { busy, refused, wrong, send } = useSend<Site>(["name", "greeting", "notice", "suggestions", "color", "launcher_text", "css", "prechat.consent_url"]);
  const locked = !may("channels:write");
  const set = (part: Partial<Site>) => setTyped((before) => ({ ...before, ...part }));
  const words = (value: string) => (value === "" ? null : value);
  const prechat = typed.prechat ?? { fields: [] };
  const setPrechat = (part: Partial<NonNullable<Site["prechat"]>>) => {
    const next = { ...prechat, ...part };
    set({ prechat: next.fields?.length || next.consent ? next : null });
  };
  const asks = (name: string) => prechat.fields?.some((field) => field.name === name) ?? false;
  const save = async () => {
    const saved = await send(() =>
      unwrap(api.PUT("/api/v1/tenants/{tenant}/channels/{channel}/site", { params: { path: { tenant, channel: site.id } }, body: typed })),
    );
    if (!saved) return;
    client.setQueryData(["site", tenant, site.id], saved);
    setTyped(saved);
    told(t("own.changed"));
  };
  return (
    <div className={owner["two"]}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("bubble.name")} maxLength={200} value={typed.name ?? ""} error={wrong["name"]} onChange={(event) => set({ name: words(event.currentTarget.value) })} disabled={locked} />
          <Textarea label={t("bubble.greeting")} autosize maxLength={1000} dir="auto" value={typed.greeting ?? ""} error={wrong["greeting"]} onChange={(event) => set({ greeting: words(event.currentTarget.value) })} disabled={locked} />
          <TagsInput label={t("bubble.suggestions")} description={t("bubble.suggestionsText")} maxTags={6} value={typed.suggestions ?? []} error={wrong["suggestions"]} onChange={(value) => set({ suggestions: value })} disabled={locked} />
          <TextInput label={t("bubble.notice")} description={t("bubble.noticeText")} maxLength={1000} value={typed.notice ?? ""} onChange={(event) => set({ notice: words(event.currentTarget.value) })} disabled={locked} />
          <ColorInput label={t("bubble.color")} description={t("bubble.colorText")} format="hex" swatches={COLORS} withEyeDropper={false} value={typed.color ?? ""} error={wrong["color"]} onChange={(value) => set({ color: words(value) })} disabled={locked} />
          <TextInput label={t("bubble.launcher")} description={t("bubble.launcherText")} maxLength={40} value={typed.launcher_text ?? ""} error={wrong["launcher_text"]} onChange={(event) => set({ launcher_text: words(event.currentTarget.value) })} disabled={locked} />
          <Group grow align="start">
            <Select label={t("bubble.position")} data={(["right", "left"] as const).map((value) => ({ value, label: t(`bubble.${value}`) }))} value={typed.position ?? "right"} onChange={(value) => set({ position: value as "right" | "left" })} disabled={locked} />
            <Select label={t("bubble.size")} data={(["compact", "normal", "large"] as const).map((value) => ({ value, label: t(`bubble.${value}`) }))} value={typed.size ?? "normal"} onChange={(value) => set({ size: value as "normal" })} disabled={locked} />
            <Select label={t("bubble.theme")} data={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`bubble.${value}`) }))} value={typed.theme ?? "auto"} onChange={(value) => set({ theme: value as "auto" })} disabled={locked} />
          </Group>
          <fieldset className={owner["plain"]}>
            <legend>{t("bubble.before")}</legend>
            <Stack gap="xs">
              {ASKED.map((name) => (
                <Checkbox
                  key={name}
                  label={t(`bubble.ask_${name}`)}
                  checked={asks(name)}
                  disabled={locked}
                  onChange={(event) => {
                    const others = (prechat.fields ?? []).filter((field) => field.name !== name);
                    setPrechat({ fields: event.currentTarget.checked ? [...others, { name, required: true }] : others });
                  }}
                />
              ))}
              <Textarea label={`${t("bubble.consent")} (${t("own.optional")})`} autosize maxLength={1000} value={prechat.consent ?? ""} onChange={(event) => setPrechat({ consent: words(event.currentTarget.value) })} disabled={locked} />
              <TextInput
                label={`${t("bubble.consentUrl")} (${t("own.optional")})`}
                placeholder="https://shop.example/privacy"
                value={prechat.consent_url ?? ""}
                error={wrong["prechat.consent_url"]}
                onChange={(event) => setPrechat({ consent_url: words(event.currentTarget.value) })}
                disabled={locked}
              />
            </Stack>
          </fieldset>
          <Switch label={t("bubble.rating")} checked={typed.ask_rating ?? true} onChange={(event) => set({ ask_rating: event.currentTarget.checked })} disabled={locked} />
          <Switch label={t("bubble.offline")} checked={typed.offline_form ?? true} onChange={(event) => set({ offline_form: event.currentTarget.checked })} disabled={locked} />
          <Textarea label={t("bubble.css")} description={t("bubble.cssText")} autosize minRows={2} dir="ltr" maxLength={10_000} value={typed.css ?? ""} error={wrong["css"]} onChange={(event) => set({ css: event.currentTarget.value })} disabled={locked} />
          <Group justify="flex-end">
            <Button type="submit" loading={busy} disabled={locked || JSON.stringify(typed) === JSON.stringify(kept)}>
              {t("act.save")}
            </Button>
          </Group>
        </Stack>
      </form>
      <div className={owner["sticky"]}>
        <SegmentedControl
          aria-label={t("bubble.preview")}
          value={shown}
          onChange={(value) => setShown(value as typeof shown)}
          data={(["desktop", "phone"] as const).map((value) => ({ value, label: t(`bubble.${value}`) }))}
          mb="sm"
        />
        <Preview site={typed} phone={shown === "phone"} />
      </div>
    </div>
  );
}
