import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useSay, type TextKey } from "../i18n";
import { failed } from "../ui/toast";
import { memberOf, meQuery, useHere, useMe } from "./access";
import css from "./Availability.module.css";

const CHOICES = ["online", "away", "offline"] as const;
const STATES: Record<(typeof CHOICES)[number], TextKey> = { online: "frame.online", away: "frame.away", offline: "frame.offlineState" };

/** Whether new conversations may come to oneself. */
export function Availability() {
  const t = useSay();
  const me = useMe();
  const { tenant, slug } = useHere();
  const client = useQueryClient();
  const member = memberOf(me, slug);
  if (!member) return null;
  const current = member.availability;
  const choose = async (availability: (typeof CHOICES)[number]) => {
    try {
      await unwrap(
        api.PUT("/api/v1/tenants/{tenant}/availability", { params: { path: { tenant } }, body: { availability } }),
      );
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
    } catch (error) {
      failed(error);
    }
  };
  const label = t("frame.availability", { state: t(STATES[current]) });
  return (
    <Menu position="top-end">
      <Tooltip label={label}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={label}>
            <span className={css["dot"]} data-state={current} />
          </ActionIcon>
        </Menu.Target>
      </Tooltip>
      <Menu.Dropdown>
        {CHOICES.map((one) => (
          <Menu.RadioItem
            key={one}
            value={one}
            checked={one === current}
            closeMenuOnClick
            rightSection={<span className={css["dot"]} data-state={one} />}
            onChange={() => void choose(one)}
          >
            {t(STATES[one])}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
