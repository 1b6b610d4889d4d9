import { Button, Modal, Select, Stack, Tabs, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { IconPlus } from "../ui/icons";
import { useSend } from "../ui/useSend";
import { documentsKey, useContexts, type Document } from "./data";
import { Dropzone } from "./Dropzone";

/** Gives the bot something to read: files, the address of a page, or a text. */
export function AddKnowledge({ opened, open, close }: { opened: boolean; open: () => void; close: () => void }) {
  const t = useWords();
  const [context, setContext] = useState<string | null>(null);
  const contexts = useContexts().data?.items ?? [];
  return (
    <>
      <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={open}>
        {t("knowledge.add")}
      </Button>
      <Modal opened={opened} onClose={close} size="lg" title={t("knowledge.add")} closeButtonProps={{ "aria-label": t("act.close") }}>
        <Tabs defaultValue="file">
          <Tabs.List mb="md">
            <Tabs.Tab value="file">{t("knowledge.files")}</Tabs.Tab>
            <Tabs.Tab value="url">{t("knowledge.address")}</Tabs.Tab>
            <Tabs.Tab value="text">{t("knowledge.text")}</Tabs.Tab>
          </Tabs.List>
          {contexts.length > 0 && (
            <Select
              label={`${t("knowledge.context")} (${t("own.optional")})`}
              data={contexts.map(({ name }) => name)}
              value={context}
              onChange={setContext}
              clearable
              clearButtonProps={{ "aria-label": t("act.clear") }}
              mb="md"
            />
          )}
          <Tabs.Panel value="file">
            <Dropzone context={context} />
          </Tabs.Panel>
          <Tabs.Panel value="url">
            <ByForm kind="url" context={context} close={close} />
          </Tabs.Panel>
          <Tabs.Panel value="text">
            <ByForm kind="text" context={context} close={close} />
          </Tabs.Panel>
        </Tabs>
      </Modal>
    </>
  );
}

function ByForm({ kind, context, close }: { kind: "url" | "text"; context: string | null; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(documentsKey(tenant));
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const { busy, refused, wrong, send, forget } = useSend<Document>(["url", "text", "title"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const about = { ...(title.trim() ? { title: title.trim() } : {}), ...(context ? { context } : {}) };
    const body = kind === "url" ? { ...about, url: text.trim() } : { ...about, text };
    const given = await send(() =>
      unwrap(api.POST("/api/v1/tenants/{tenant}/documents", { params: { path: { tenant }, header: once() }, body })),
    );
    if (!given) return;
    await act(async () => {}, t("knowledge.taken", { name: given.title }));
    close();
  };
  const typed = (value: string) => {
    setText(value);
    forget(kind);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <FormProblem>{refused}</FormProblem>
        {kind === "url" && (
          <TextInput
            label={t("knowledge.pageAddress")}
            description={t("knowledge.pageAddressText")}
            type="url"
            placeholder="https://shop.example/faq"
            required
            value={text}
            error={wrong["url"]}
            onChange={(event) => typed(event.currentTarget.value)}
          />
        )}
        <TextInput
          label={kind === "url" ? `${t("knowledge.titleField")} (${t("own.optional")})` : t("knowledge.titleField")}
          required={kind === "text"}
          maxLength={500}
          value={title}
          error={wrong["title"]}
          onChange={(event) => {
            setTitle(event.currentTarget.value);
            forget("title");
          }}
        />
        {kind === "text" && (
          <Textarea
            label={t("knowledge.text")}
            description={t("knowledge.textText")}
            required
            autosize
            minRows={6}
            maxRows={18}
            dir="auto"
            value={text}
            error={wrong["text"]}
            onChange={(event) => typed(event.currentTarget.value)}
          />
        )}
        <Button type="submit" loading={busy} disabled={text.trim() === "" || (kind === "text" && title.trim() === "")}>
          {t("knowledge.give")}
        </Button>
      </Stack>
    </form>
  );
}
