import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import type { MemberView } from "./members";

/** Lets one who runs the hub act as a member, after saying why. */
export function ActAs({ member, close }: { member: MemberView; close: () => void }) {
  const t = useSay();
  const { tenant, slug } = useHere();
  const [reason, setReason] = useState("");
  const { busy, refused, wrong, send } = useSend<unknown>(["reason"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const path = { tenant, member: member.id };
    const begun = await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/members/{member}/impersonate", { params: { path }, body: { reason: reason.trim() } })));
    // Anew, so that nothing of what one may see oneself is left on the page.
    if (begun) window.location.assign(`/admin/${slug}/inbox/needs_person`);
  };
  return (
    <Modal opened onClose={close} title={t("people.actAs", { name: member.name })} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <p>{t("people.actAsText", { name: member.name })}</p>
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("people.reason")} description={t("people.reasonText")} required maxLength={400} data-autofocus value={reason} error={wrong["reason"]} onChange={(event) => setReason(event.currentTarget.value)} />
          <Button type="submit" loading={busy} disabled={reason.trim().length < 3}>
            {t("people.actAs", { name: member.name })}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
