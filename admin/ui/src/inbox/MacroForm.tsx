// A saved reply, made or changed: its words, and what it does besides speaking.
import { Button, Checkbox, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { failed, told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import type { Macro } from "./Canned";
import { isWhole, MacroActions, type Step } from "./MacroActions";

export default function MacroForm({ macro, text, close }: { macro: Macro | null; text: string; close: () => void }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const shares = may("replies:manage");
  const [form, setForm] = useState({
    name: macro?.name ?? "",
    shortcut: macro?.shortcut ?? "",
    text: macro?.text ?? text.trim(),
    note: macro?.note ?? false,
    shared: macro?.shared ?? shares,
    actions: (macro?.actions ?? []) as Step[],
  });
  const [removing, setRemoving] = useState(false);
  const { busy, refused, wrong, send, forget } = useSend<Macro>(["name", "shortcut", "text"]);
  const path = { tenant };
  const renew = () => client.invalidateQueries({ queryKey: ["macros", tenant] });
  const put = (part: Partial<typeof form>) => {
    setForm({ ...form, ...part });
    Object.keys(part).forEach(forget);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const body = { ...form, name: form.name.trim(), shortcut: form.shortcut.trim() || null };
    const saved = await send(() =>
      macro
        ? unwrap(api.PUT("/api/v1/tenants/{tenant}/macros/{macro}", { params: { path: { ...path, macro: macro.id } }, body }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/macros", { params: { path, header: once() }, body })),
    );
    if (!saved) return;
    await renew();
    told(t("macro.kept", { name: saved.name }));
    close();
  };
  const remove = async () => {
    try {
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/macros/{macro}", { params: { path: { ...path, macro: macro!.id } } }));
      await renew();
      told(t("macro.removed", { name: macro!.name }));
      close();
    } catch (error) {
      failed(error);
    }
  };
  if (removing && macro) {
    return <Confirm title={t("macro.removeTitle", { name: macro.name })} text={t("macro.removeText")} act={t("act.remove")} close={() => setRemoving(false)} run={remove} />;
  }
  return (
    <Modal opened onClose={close} title={t(macro ? "macro.edit" : "macro.make")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void save(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("macro.name")} required maxLength={80} data-autofocus value={form.name} error={wrong["name"]} onChange={(event) => put({ name: event.currentTarget.value })} />
          <TextInput label={t("macro.shortcut")} description={t("macro.shortcutHelp")} maxLength={30} value={form.shortcut} error={wrong["shortcut"]} onChange={(event) => put({ shortcut: event.currentTarget.value })} />
          <Textarea label={t("macro.text")} description={t("macro.textHelp")} autosize minRows={4} maxRows={12} maxLength={8_000} dir="auto" value={form.text} error={wrong["text"]} onChange={(event) => put({ text: event.currentTarget.value })} />
          <MacroActions steps={form.actions} change={(actions) => put({ actions })} />
          <Checkbox label={t("macro.forNote")} checked={form.note} onChange={(event) => put({ note: event.currentTarget.checked })} />
          {shares && <Checkbox label={t("macro.shared")} checked={form.shared} onChange={(event) => put({ shared: event.currentTarget.checked })} />}
          <Group justify="space-between">
            {macro ? (
              <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
                {t("act.remove")}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={busy} disabled={form.name.trim() === "" || (form.text.trim() === "" && form.actions.length === 0) || !form.actions.every(isWhole)}>
              {t("act.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
