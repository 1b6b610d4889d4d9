import { Button, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { signedInAs, useMe, type Me } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { Address } from "./Address";
import { Picture } from "./Picture";

export function Profile() {
  const t = useSay();
  const me = useMe();
  const [name, setName] = useState(me.person.name);
  const { busy, refused, wrong, send, forget } = useSend<Me>(["name"]);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const changed = await send(() => unwrap(api.PATCH("/api/v1/me", { body: { name: name.trim() } })));
    if (!changed) return;
    signedInAs(changed);
    told(t("act.saved"));
  };
  return (
    <>
      <Section title={t("account.profile")}>
        <form onSubmit={(event) => void save(event)} noValidate>
          <Stack gap="md" maw={420}>
            <FormProblem>{refused}</FormProblem>
            <TextInput
              label={t("account.name")}
              description={t("account.nameText")}
              autoComplete="name"
              required
              maxLength={100}
              value={name}
              error={wrong["name"]}
              onChange={(event) => {
                setName(event.currentTarget.value);
                forget("name");
              }}
            />
            <Button type="submit" loading={busy} disabled={name.trim() === "" || name.trim() === me.person.name} w="fit-content">
              {t("act.save")}
            </Button>
          </Stack>
        </form>
      </Section>
      <Picture />
      <Address key={me.person.email} />
    </>
  );
}
