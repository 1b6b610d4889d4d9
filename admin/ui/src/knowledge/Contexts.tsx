import { Button, Group, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Ago } from "../ui/Ago";
import { FormProblem } from "../ui/FormProblem";
import { Notice } from "../ui/Notice";
import { useSend } from "../ui/useSend";
import { contextsKey, useContexts, type Context } from "./data";

/** Named parts of the knowledge, so that a channel or a question can keep to one of them. */
export function Contexts() {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const act = useAct(contextsKey(tenant));
  const query = useContexts();
  const [name, setName] = useState("");
  const { busy, refused, wrong, send, forget } = useSend<Context>(["name"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await send(() =>
      unwrap(api.POST("/api/v1/tenants/{tenant}/contexts", { params: { path: { tenant }, header: once() }, body: { name: name.trim() } })),
    );
    if (!made) return;
    setName("");
    await act(async () => {}, t("knowledge.contextMade", { name: made.name }));
  };
  return (
    <>
      <p>{t("knowledge.contextsText")}</p>
      {may("knowledge:write") && (
        <form onSubmit={(event) => void submit(event)} noValidate>
          <FormProblem>{refused}</FormProblem>
          <Group align="end" mb="lg">
            <TextInput
              label={t("knowledge.newContext")}
              placeholder={t("knowledge.contextExample")}
              maxLength={200}
              value={name}
              error={wrong["name"]}
              onChange={(event) => {
                setName(event.currentTarget.value);
                forget("name");
              }}
            />
            <Button type="submit" variant="default" loading={busy} disabled={name.trim() === ""}>
              {t("knowledge.makeContext")}
            </Button>
          </Group>
        </form>
      )}
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice tone="empty" title={t("knowledge.noContexts")}>
              {t("knowledge.noContextsText")}
            </Notice>
          ) : (
            <ul className={owner["list"]}>
              {items.map((one) => (
                <li key={one.id}>
                  <Link className={owner["card"]} to="/$tenant/knowledge/$part" params={{ tenant: slug, part: "documents" }} search={{ context: one.name }}>
                    <strong className={owner["grow"]}>
                      <bdi>{one.name}</bdi>
                    </strong>
                    <Ago at={one.created_at} className={owner["sub"]} />
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
