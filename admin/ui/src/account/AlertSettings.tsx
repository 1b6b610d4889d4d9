import { Alert, Button, Checkbox, Group, Slider, Switch, Table, TextInput } from "@mantine/core";
import { useState } from "react";
import { play } from "../alerts/sound";
import { ALERT_KINDS, change, useSettings, type AlertKind, type AlertSetting } from "../app/settings";
import { useSay, type TextKey } from "../i18n";
import { Section } from "../ui/Page";

export function AlertSettings() {
  const t = useSay();
  const { alerts, volume, repeat, quiet } = useSettings();
  const set = (kind: AlertKind, part: Partial<AlertSetting>) =>
    change({ alerts: { ...alerts, [kind]: { ...alerts[kind], ...part } } });
  return (
    <>
      <Section title={t("account.alerts")} text={t("account.alertsText")}>
        <Permission />
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("account.alertKind")}</Table.Th>
              <Table.Th>{t("account.alertDesktop")}</Table.Th>
              <Table.Th>{t("account.alertSound")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ALERT_KINDS.map((kind) => {
              const name = t(`account.alert_${kind}` as TextKey);
              return (
                <Table.Tr key={kind}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td>
                    <Checkbox
                      aria-label={`${name}: ${t("account.alertDesktop")}`}
                      checked={alerts[kind].desktop}
                      onChange={(event) => set(kind, { desktop: event.currentTarget.checked })}
                    />
                  </Table.Td>
                  <Table.Td>
                    <Checkbox
                      aria-label={`${name}: ${t("account.alertSound")}`}
                      checked={alerts[kind].sound}
                      onChange={(event) => set(kind, { sound: event.currentTarget.checked })}
                    />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Section>
      <Section title={t("account.alertSound")}>
        <Group align="center" gap="lg" mb="md">
          <span id="volume">{t("account.volume")}</span>
          <Slider
            w={200}
            min={0}
            max={100}
            step={10}
            label={null}
            value={volume * 100}
            onChange={(value) => change({ volume: value / 100 })}
            thumbLabel={t("account.volume")}
          />
          <Button variant="default" size="compact-sm" onClick={() => play("waiting", volume)}>
            {t("account.trySound")}
          </Button>
        </Group>
        <Switch label={t("account.repeat")} checked={repeat} onChange={(event) => change({ repeat: event.currentTarget.checked })} />
      </Section>
      <Section title={t("account.quiet")} text={t("account.quietText")}>
        <Switch
          label={t("account.quiet")}
          checked={quiet.on}
          onChange={(event) => change({ quiet: { ...quiet, on: event.currentTarget.checked } })}
          mb="sm"
        />
        <Group>
          <TextInput
            type="time"
            label={t("account.quietFrom")}
            value={quiet.from}
            disabled={!quiet.on}
            onChange={(event) => change({ quiet: { ...quiet, from: event.currentTarget.value } })}
          />
          <TextInput
            type="time"
            label={t("account.quietTo")}
            value={quiet.to}
            disabled={!quiet.on}
            onChange={(event) => change({ quiet: { ...quiet, to: event.currentTarget.value } })}
          />
        </Group>
      </Section>
    </>
  );
}

function Permission() {
  const t = useSay();
  const [state, setState] = useState(() => (typeof Notification === "undefined" ? "denied" : Notification.permission));
  if (state === "granted") return null;
  return (
    <Alert color={state === "denied" ? "orange" : "teal"} mb="md">
      {t(state === "denied" ? "account.permissionDenied" : "account.permissionText")}
      {state === "default" && (
        <div>
          <Button size="compact-sm" mt="xs" onClick={() => void Notification.requestPermission().then(setState)}>
            {t("account.permissionAsk")}
          </Button>
        </div>
      )}
    </Alert>
  );
}
