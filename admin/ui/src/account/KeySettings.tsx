import { Button, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { change, useSettings } from "../app/settings";
import { useSay } from "../i18n";
import { ACTION_NAMES, keysFor, MOD, refusal, type Action } from "../keys/keymap";
import { Section } from "../ui/Page";
import css from "./KeySettings.module.css";

export function KeySettings() {
  const t = useSay();
  const { keyboard, keys, enterSends } = useSettings();
  return (
    <>
      <Section title={t("account.keyboard")}>
        <Switch
          label={t("keys.on")}
          description={t("keys.onText")}
          checked={keyboard}
          onChange={(event) => change({ keyboard: event.currentTarget.checked })}
          mb="md"
        />
        <Switch
          label={t("account.enterSends")}
          description={t("account.enterSendsText", { mod: MOD })}
          checked={enterSends}
          onChange={(event) => change({ enterSends: event.currentTarget.checked })}
        />
      </Section>
      <Section title={t("keys.title")} text={t("keys.changeText")}>
        <div className={css["keys"]}>
          {ACTION_NAMES.map((name) => (
            <KeyField key={name} name={name} />
          ))}
        </div>
        {Object.keys(keys).length > 0 && (
          <Button variant="default" mt="md" onClick={() => change({ keys: {} })}>
            {t("keys.reset")}
          </Button>
        )}
      </Section>
    </>
  );
}

function KeyField({ name }: { name: Action }) {
  const t = useSay();
  const { keys: own } = useSettings();
  const current = keysFor(own);
  const [typed, setTyped] = useState<string | null>(null);
  const value = typed ?? current[name];
  const other = ACTION_NAMES.find((one) => one !== name && value !== "" && current[one] === value);
  const wrong = refusal(value) === "many" ? t("keys.many") : other ? t("keys.taken", { name: t(`keys.${other}`) }) : undefined;
  return (
    <TextInput
      label={t(`keys.${name}`)}
      aria-label={t("keys.change", { name: t(`keys.${name}`) })}
      value={value}
      error={wrong}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => {
        const key = event.currentTarget.value;
        const free = !ACTION_NAMES.some((one) => one !== name && current[one] === key);
        setTyped(key);
        if (refusal(key) === null && free) {
          change({ keys: { ...own, [name]: key } });
          setTyped(null);
        }
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
