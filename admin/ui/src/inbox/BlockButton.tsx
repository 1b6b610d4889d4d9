import { Button, Group, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { IconBan } from "../ui/icons";
import { failed, told } from "../ui/toast";
import css from "./Details.module.css";
import { look } from "./data";

/** Blocks a customer after saying what that means; unblocking and undo need no question. */
export function BlockButton({ profile, conversation }: { profile: Schemas["ContactProfile"]; conversation: string }) {
  const t = useSay();
  const { tenant } = useHere();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const name = profile.name ?? t("details.nameless");
  const set = async (block: boolean) => {
    const params = { params: { path: { tenant, contact: profile.id } } };
    try {
      const changed = await unwrap(
        block
          ? api.POST("/api/v1/tenants/{tenant}/contacts/{contact}/block", params)
          : api.POST("/api/v1/tenants/{tenant}/contacts/{contact}/unblock", params),
      );
      client.setQueryData(["contact", tenant, profile.id], changed);
      told(t(block ? "details.blockedNow" : "details.unblockedNow", { name }), () => void set(!block));
      void look(client, tenant, conversation);
    } catch (error) {
      failed(error);
    }
  };
  return (
    <div className={css["block"]}>
      {profile.blocked ? (
        <Button variant="default" fullWidth onClick={() => void set(false)}>
          {t("details.unblock")}
        </Button>
      ) : (
        <Button variant="subtle" color="red" fullWidth leftSection={<IconBan size={16} aria-hidden />} onClick={() => setAsking(true)}>
          {t("details.block")}
        </Button>
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("details.blockTitle", { name })} closeButtonProps={{ "aria-label": t("act.close") }}>
        <p>{t("details.blockText")}</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {t("act.cancel")}
          </Button>
          <Button
            color="red"
            onClick={() => {
              setAsking(false);
              void set(true);
            }}
          >
            {t("details.blockDo")}
          </Button>
        </Group>
      </Modal>
    </div>
  );
}
