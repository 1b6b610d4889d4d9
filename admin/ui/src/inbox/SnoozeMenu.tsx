import { ActionIcon, Button, Menu, Modal, TextInput, Tooltip } from "@mantine/core";
import { useState } from "react";
import { useHere } from "../app/access";
import { useLocale, useSay, type TextKey } from "../i18n";
import { useAction } from "../keys/KeyHost";
import { IconClockPause } from "../ui/icons";
import { useActs } from "./acts";
import type { Item } from "./data";
import { snoozes } from "./snoozes";

/** Puts a conversation aside until a moment; a customer's message brings it back before. */
export function SnoozeMenu({ item }: { item: Item }) {
  const t = useSay();
  const locale = useLocale();
  const { may } = useHere();
  const acts = useActs(item.id);
  const [opened, setOpened] = useState(false);
  const [own, setOwn] = useState(false);
  const allowed = may("conversations:snooze") && item.state !== "resolved";
  useAction("snooze", allowed ? () => setOpened(true) : null);
  if (!allowed) return null;
  const short = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "numeric", minute: "2-digit" });
  return (
    <>
      <Menu opened={opened} onChange={setOpened} position="bottom-end" width={260}>
        <Tooltip label={t("act.snooze")}>
          <Menu.Target>
            <ActionIcon variant={item.snoozed_until ? "light" : "default"} size="lg" aria-label={t("act.snooze")}>
              <IconClockPause size={18} />
            </ActionIcon>
          </Menu.Target>
        </Tooltip>
        <Menu.Dropdown>
          {item.snoozed_until && <Menu.Item onClick={() => void acts.wake()}>{t("act.wake")}</Menu.Item>}
          {snoozes(new Date()).map(({ name, until }) => (
            <Menu.Item key={name} rightSection={<time>{short.format(until)}</time>} onClick={() => void acts.snooze({ until: until.toISOString() })}>
              {t(`act.snooze_${name}` as TextKey)}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setOwn(true)}>{t("act.snoozeOwn")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {own && <OwnTime close={() => setOwn(false)} choose={(until) => void acts.snooze({ until })} />}
    </>
  );
}

function OwnTime({ close, choose }: { close: () => void; choose: (until: string) => void }) {
  const t = useSay();
  const [value, setValue] = useState("");
  const at = value ? new Date(value) : null;
  const past = at !== null && at.getTime() <= Date.now();
  return (
    <Modal opened onClose={close} title={t("act.snoozeOwn")} size="sm" closeButtonProps={{ "aria-label": t("act.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!at || past) return;
          choose(at.toISOString());
          close();
        }}
      >
        <TextInput
          type="datetime-local"
          label={t("act.snoozeUntil")}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          error={past ? t("act.snoozePast") : undefined}
          data-autofocus
        />
        <Button type="submit" mt="md" fullWidth disabled={!at || past}>
          {t("act.snooze")}
        </Button>
      </form>
    </Modal>
  );
}
