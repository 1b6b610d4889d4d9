import { Kbd, Modal, Switch } from "@mantine/core";
import { change, useSettings } from "../app/settings";
import { useSay } from "../i18n";
import { ACTION_NAMES, keysFor, MOD } from "./keymap";
import css from "./keys.module.css";

/** Which key does what, and the switch for those who want none of it. */
export default function Sheet({ close }: { close: () => void }) {
  const t = useSay();
  const { keyboard, keys, enterSends } = useSettings();
  const current = keysFor(keys);
  return (
    <Modal opened onClose={close} title={t("keys.title")} size="md" closeButtonProps={{ "aria-label": t("act.close") }}>
      <Switch
        label={t("keys.on")}
        description={t("keys.onText")}
        checked={keyboard}
        onChange={(event) => change({ keyboard: event.currentTarget.checked })}
        mb="md"
      />
      <dl className={css["keys"]}>
        {ACTION_NAMES.filter((name) => current[name]).map((name) => (
          <div key={name}>
            <dt>{t(`keys.${name}`)}</dt>
            <dd dir="ltr">
              <Kbd>{current[name]}</Kbd>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t("keys.palette")}</dt>
          <dd dir="ltr">
            <Kbd>{MOD}</Kbd> <Kbd>K</Kbd>
          </dd>
        </div>
        <div>
          <dt>{t("keys.send")}</dt>
          <dd dir="ltr">{enterSends ? <Kbd>Enter</Kbd> : <><Kbd>{MOD}</Kbd> <Kbd>Enter</Kbd></>}</dd>
        </div>
      </dl>
    </Modal>
  );
}
