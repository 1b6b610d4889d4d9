// The menu: the inbox's lists with live counts, the other pages, and who is signed in.
import { ActionIcon, Menu as Dropdown, Tooltip, UnstyledButton } from "@mantine/core";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useCounts, useViews } from "../inbox/data";
import { useSay } from "../i18n";
import { useKeys } from "../keys/KeyHost";
import { MOD } from "../keys/keymap";
import { useSignOut } from "../session/useSignOut";
import { IconChevronDown, IconKeyboard, IconList, IconLogout, IconMoon, IconSearch, IconSettings, type Icon } from "../ui/icons";
import { Mark } from "../ui/Mark";
import { Portrait } from "../ui/Portrait";
import { useHere, useMe } from "./access";
import { Availability } from "./Availability";
import { LISTS } from "./lists";
import { MENU } from "./menu-entries";
import css from "./Menu.module.css";
import { useScheme } from "./scheme";
import { change } from "./settings";

export function Menu() {
  const t = useSay();
  const { name, may } = useHere();
  const counts = useCounts();
  const views = useViews();
  const keys = useKeys();
  return (
    <nav className={css["menu"]} aria-label={t("frame.menu")}>
      <div className={css["brand"]}>
        <Mark />
        <TenantChoice name={name} />
      </div>
      <UnstyledButton className={css["find"]} onClick={keys.openPalette}>
        <IconSearch size={16} aria-hidden />
        <span>{t("keys.palette")}</span>
        <kbd>{MOD} K</kbd>
      </UnstyledButton>
      <div className={css["entries"]}>
        <h2 className={css["section"]}>{t("frame.inbox")}</h2>
        <ul>
          {LISTS.map((list) => (
            <Entry key={list.id} to={`inbox/${list.id}`} icon={list.icon} label={t(list.label)} count={counts?.queues[list.id]} urgent={list.urgent} />
          ))}
          {views?.map((view) => (
            <Entry key={view.id} to={`inbox/${view.id}`} icon={IconList} label={view.name} count={counts?.views[view.id]} />
          ))}
        </ul>
        {MENU.map((group) => {
          const shown = group.entries.filter(({ permission }) => !permission || may(permission));
          return shown.length === 0 ? null : (
            <section key={group.label}>
              <h2 className={css["section"]}>{t(group.label)}</h2>
              <ul>
                {shown.map((entry) => (
                  <Entry key={entry.path} to={entry.path} icon={entry.icon} label={t(entry.label)} />
                ))}
              </ul>
            </section>
          );
        })}
      </div>
      <Person />
    </nav>
  );
}

interface EntryProps {
  to: string;
  icon: Icon;
  label: string;
  count?: number | undefined;
  urgent?: boolean | undefined;
}

function Entry({ to, icon: Icon, label, count, urgent }: EntryProps) {
  const { slug } = useHere();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const target = `/${slug}/${to}`;
  const here = path === target || path.startsWith(`${target}/`);
  return (
    <li>
      <Link to={target} className={css["entry"]} aria-current={here ? "page" : undefined}>
        <Icon size={18} stroke={1.7} aria-hidden />
        <span className={css["label"]}>{label}</span>
        {count !== undefined && count > 0 && (
          <span className={css["count"]} data-urgent={urgent || undefined}>
            {count}
          </span>
        )}
      </Link>
    </li>
  );
}

function TenantChoice({ name }: { name: string }) {
  const t = useSay();
  const me = useMe();
  const navigate = useNavigate();
  const { slug } = useHere();
  if (me.memberships.length < 2 && !me.person.platform_admin) return <strong className={css["tenant"]}>{name}</strong>;
  return (
    <Dropdown position="bottom-start" width={220}>
      <Dropdown.Target>
        <UnstyledButton className={css["tenant"]} aria-label={t("frame.chooseTenant", { name })}>
          <strong className={css["label"]}>{name}</strong> <IconChevronDown size={14} className={css["chevron"]} aria-hidden />
        </UnstyledButton>
      </Dropdown.Target>
      <Dropdown.Dropdown>
        {me.memberships.map((one) => (
          <Dropdown.Item key={one.tenant_id} aria-current={one.slug === slug || undefined} onClick={() => void navigate({ to: `/${one.slug}` })}>
            {one.name}
          </Dropdown.Item>
        ))}
        {me.person.platform_admin && <Dropdown.Item onClick={() => void navigate({ to: "/nowhere" })}>{t("frame.everyTenant")}</Dropdown.Item>}
      </Dropdown.Dropdown>
    </Dropdown>
  );
}

function Person() {
  const t = useSay();
  const me = useMe();
  const { slug } = useHere();
  const keys = useKeys();
  const scheme = useScheme();
  const signOut = useSignOut();
  return (
    <div className={css["person"]}>
      <Dropdown position="top-start" width={230}>
        <Dropdown.Target>
          <UnstyledButton className={css["who"]}>
            <Portrait name={me.person.name} picture={me.person.picture} />
            <span className={css["label"]}>{me.person.name}</span>
            <span className="visually-hidden">{t("frame.personMenu")}</span>
          </UnstyledButton>
        </Dropdown.Target>
        <Dropdown.Dropdown>
          <Dropdown.Label>{me.person.email}</Dropdown.Label>
          <Dropdown.Item component={Link} to={`/${slug}/account`} leftSection={<IconSettings size={16} aria-hidden />}>
            {t("frame.account")}
          </Dropdown.Item>
          <Dropdown.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={keys.openSheet}>
            {t("keys.title")}
          </Dropdown.Item>
          <Dropdown.Divider />
          <Dropdown.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
            {t("session.signOut")}
          </Dropdown.Item>
        </Dropdown.Dropdown>
      </Dropdown>
      <Availability />
      <Tooltip label={t(scheme === "dark" ? "frame.light" : "frame.dark")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t(scheme === "dark" ? "frame.light" : "frame.dark")}
          onClick={() => change({ theme: scheme === "dark" ? "light" : "dark" })}
        >
          <IconMoon size={18} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
