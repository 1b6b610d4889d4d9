// The first company of whoever set this hub up: its name, and how its addresses begin.
import { Button, Stack, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { queries } from "../api/queries";
import { meQuery } from "../app/access";
import { useSay } from "../i18n";
import { slugOf } from "../platform/slug";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";

export function NewCompany() {
  const t = useSay();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const { busy, refused, wrong, send, forget } = useSend<Schemas["TenantDetail"]>(["name", "slug"]);
  const slug = typed ?? slugOf(name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await send(() => unwrap(api.POST("/api/v1/tenants", { params: { header: once() }, body: { name: name.trim(), slug } })));
    if (!made) return;
    await queries.refetchQueries({ queryKey: meQuery.queryKey });
    await navigate({ to: `/${made.slug}`, replace: true });
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <FormProblem>{refused}</FormProblem>
        <TextInput
          label={t("session.companyName")}
          autoComplete="organization"
          required
          maxLength={200}
          value={name}
          error={wrong["name"]}
          onChange={(event) => {
            setName(event.currentTarget.value);
            forget("name");
          }}
        />
        <TextInput
          label={t("session.companySlug")}
          description={t("session.companySlugText")}
          required
          maxLength={63}
          value={slug}
          error={wrong["slug"]}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            forget("slug");
          }}
        />
        <Button type="submit" loading={busy} disabled={name.trim() === "" || slug === ""} fullWidth>
          {t("session.companyMake")}
        </Button>
      </Stack>
    </form>
  );
}
