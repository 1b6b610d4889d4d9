// The tenant's labels: renamed where they stand, removed after asking.
import { ActionIcon, Modal, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { Confirm } from "../ui/Confirm";
import { IconTrash } from "../ui/icons";
import { failed, told } from "../ui/toast";
import { Typed, type Value } from "./Attributes";
import css from "./Details.module.css";
import { useLabels } from "./LabelMenu";

type Label = Schemas["LabelView"];

export default function LabelEditor({ close }: { close: () => void }) {
  const t = useSay();
  const { tenant } = useHere();
  const client = useQueryClient();
  const labels = useLabels();
  const [removing, setRemoving] = useState<Label | null>(null);
  const renew = () => client.invalidateQueries({ queryKey: ["labels", tenant] });
  const rename = async (label: Label, name: Value) => {
    try {
      await unwrap(
        api.PUT("/api/v1/tenants/{tenant}/labels/{label}", {
          params: { path: { tenant, label: label.id } },
          body: { name: String(name ?? ""), color: label.color },
        }),
      );
      told(t("act.saved"));
      await renew();
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const remove = async (label: Label) => {
    try {
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/labels/{label}", { params: { path: { tenant, label: label.id } } }));
      told(t("labels.removed", { name: label.name }));
      await renew();
    } catch (error) {
      failed(error);
    }
  };
  if (removing) {
    return (
      <Confirm
        title={t("labels.removeTitle", { name: removing.name })}
        text={t("labels.removeText")}
        act={t("act.remove")}
        close={() => setRemoving(null)}
        run={() => remove(removing)}
      />
    );
  }
  return (
    <Modal opened onClose={close} title={t("labels.title")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Stack gap="xs">
        {labels.map((label) => (
          <div key={label.id} className={css["labelRow"]}>
            <Typed label={t("labels.name", { name: label.name })} type="text" value={label.name} locked={false} keep={(name) => rename(label, name)} />
            <ActionIcon variant="subtle" color="red" aria-label={t("labels.remove", { name: label.name })} onClick={() => setRemoving(label)}>
              <IconTrash size={16} />
            </ActionIcon>
          </div>
        ))}
        {labels.length === 0 && <p>{t("act.noLabels")}</p>}
      </Stack>
    </Modal>
  );
}
