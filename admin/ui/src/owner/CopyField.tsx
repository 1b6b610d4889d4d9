import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { useId } from "react";
import { useWords } from "../i18n/owner";
import { IconCheck, IconCopy } from "../ui/icons";
import css from "./owner.module.css";

/** Something to be pasted elsewhere, whole and with a button that copies it. */
export function CopyField({ label, text, value }: { label: string; text?: string; value: string }) {
  const t = useWords();
  const id = useId();
  return (
    <div className={css["copy"]}>
      <span className={css["label"]} id={id}>
        {label}
      </span>
      {text && <span className={css["sub"]}>{text}</span>}
      <div className={css["copyRow"]}>
        <code dir="ltr" aria-labelledby={id} tabIndex={0} role="textbox" aria-readonly="true">
          {value}
        </code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? t("own.copied") : t("error.copy")}>
              <ActionIcon variant="default" size="lg" onClick={copy} aria-label={t("own.copyName", { name: label })}>
                {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
