import { Button, CopyButton, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import css from "./People.module.css";

const ROLES = ["agent", "admin", "viewer"] as const;
type Invited = Schemas["InvitedView"];

/** Asks somebody to join. Where the hub sends no mail it shows the link once, to be handed over. */
export function InviteForm({ close }: { close: () => void }) {
  const t = useSay();
  const { tenant } = useHere();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<(typeof ROLES)[number]>("agent");
  const [link, setLink] = useState<string | null>(null);
  const { busy, refused, wrong, send, forget } = useSend<Invited>(["email", "role"]);
  const invite = async (event: FormEvent) => {
    event.preventDefault();
    const invited = await send(() =>
      unwrap(
        api.POST("/api/v1/tenants/{tenant}/invitations", {
          params: { path: { tenant }, header: once() },
          body: { email: email.trim(), role },
        }),
      ),
    );
    if (!invited) return;
    await client.invalidateQueries({ queryKey: ["invitations", tenant] });
    told(t("people.invited", { email: invited.email }));
    if (invited.link) setLink(invited.link);
    else close();
  };
  return (
    <Modal opened onClose={close} title={t("people.inviteTitle")} closeButtonProps={{ "aria-label": t("act.close") }}>
      {link ? (
        <HandOver link={link} />
      ) : (
        <form onSubmit={(event) => void invite(event)} noValidate>
          <Stack gap="md">
            <FormProblem>{refused}</FormProblem>
            <TextInput
              label={t("people.email")}
              type="email"
              required
              data-autofocus
              value={email}
              error={wrong["email"]}
              onChange={(event) => {
                setEmail(event.currentTarget.value);
                forget("email");
              }}
            />
            <Radio.Group label={t("people.role")} value={role} onChange={(value) => setRole(value as typeof role)} error={wrong["role"]}>
              <Stack gap="xs" mt="xs">
                {ROLES.map((one) => (
                  <Radio key={one} value={one} label={t(`people.${one}`)} description={t(`people.${one}Text`)} />
                ))}
              </Stack>
            </Radio.Group>
            <Button type="submit" loading={busy} disabled={email.trim() === ""}>
              {t("people.inviteSend")}
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

export function HandOver({ link }: { link: string }) {
  const t = useSay();
  return (
    <>
      <p>{t("people.inviteLink")}</p>
      <span className={css["link"]}>{link}</span>
      <CopyButton value={link}>
        {({ copied, copy }) => <Button onClick={copy}>{t(copied ? "error.copied" : "error.copy")}</Button>}
      </CopyButton>
    </>
  );
}
