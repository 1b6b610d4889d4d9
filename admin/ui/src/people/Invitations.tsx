import { Button, Group, Modal, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale, useSay, type TextKey } from "../i18n";
import { Coming } from "../ui/Coming";
import { Notice } from "../ui/Notice";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Rows } from "../ui/Rows";
import { failed, told } from "../ui/toast";
import { HandOver } from "./InviteForm";

/** Who was asked to join and has not yet. */
export function Invitations() {
  const t = useSay();
  const locale = useLocale();
  const { tenant } = useHere();
  const client = useQueryClient();
  const [link, setLink] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ["invitations", tenant],
    queryFn: () =>
      unwrap(api.GET("/api/v1/tenants/{tenant}/invitations", { params: { path: { tenant }, query: { limit: 100 } } })),
  });
  const act = async (what: () => Promise<unknown>, said: string) => {
    try {
      await what();
      told(said);
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: ["invitations", tenant] });
  };
  if (query.isPending) return <Coming n={3} />;
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (query.data.items.length === 0) {
    return (
      <Notice tone="empty" title={t("people.noInvitations")}>
        {t("people.noInvitationsText")}
      </Notice>
    );
  }
  return (
    <>
      <Rows minWidth={560} columns={[t("people.email"), t("people.role"), t("people.expires"), { acts: t("people.actions") }]}>
        {query.data.items.map(({ id, email, role, expires_at }) => {
          const at = { params: { path: { tenant, invitation: id } } };
          const again = async () => {
            const sent = await unwrap(api.POST("/api/v1/tenants/{tenant}/invitations/{invitation}/resend", at));
            setLink(sent.link);
          };
          const revoke = () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/invitations/{invitation}", at));
          return (
            <Table.Tr key={id}>
              <Table.Td>
                <bdi>{email}</bdi>
              </Table.Td>
              <Table.Td>{t(`people.${role}` as TextKey)}</Table.Td>
              <Table.Td>
                <time dateTime={expires_at}>
                  {new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(expires_at))}
                </time>
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  <Button variant="default" size="compact-sm" onClick={() => void act(again, t("people.resent", { email }))}>
                    {t("people.resend")}
                  </Button>
                  <Button variant="subtle" color="red" size="compact-sm" onClick={() => void act(revoke, t("people.revoked", { email }))}>
                    {t("people.revoke")}
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Rows>
      <Modal opened={link !== null} onClose={() => setLink(null)} title={t("people.inviteTitle")} closeButtonProps={{ "aria-label": t("act.close") }}>
        {link && <HandOver link={link} />}
      </Modal>
    </>
  );
}
