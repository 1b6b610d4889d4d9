// The desk around its pages: menu, lists with live counts, connection, alerts, keys, and the sign-in that comes again.
import { ActionIcon, Drawer } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { Outlet, useLocation, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { Alerts } from "../alerts/Alerts";
import { useSay } from "../i18n";
import { KeyHost } from "../keys/KeyHost";
import { LiveProvider } from "../live/LiveProvider";
import { SignInAgain } from "../session/SignInAgain";
import { IconMenu } from "../ui/icons";
import { Mark } from "../ui/Mark";
import { memberOf, useHere, useMe } from "./access";
import { ActingAs } from "./ActingAs";
import { ConnectionBar } from "./ConnectionBar";
import { Crash } from "../ui/Crash";
import css from "./Frame.module.css";
import { rememberTenant } from "./lastTenant";
import { Menu } from "./Menu";
import { Missing } from "./Missing";
import { Starting } from "./Starting";
import { NARROW } from "./widths";

const Tour = lazy(() => import("../tour/Tour").then((module) => ({ default: module.Tour })));

export function Frame() {
  const { tenant } = useParams({ strict: false }) as { tenant: string };
  const me = useMe();
  const known = memberOf(me, tenant) !== undefined || me.person.platform_admin;
  return known ? <Desk /> : <Missing />;
}

function Desk() {
  const t = useSay();
  const { slug, name, role } = useHere();
  const narrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  const [opened, { open, close }] = useDisclosure(false);
  const { pathname, hash } = useLocation();
  useEffect(() => rememberTenant(slug), [slug]);
  useEffect(close, [pathname, close]);
  const inThread = /\/inbox\/[^/]+\/[^/]+$/.test(pathname);
  return (
    <LiveProvider>
      <KeyHost>
        <a className="skip" href="#content">
          {t("frame.skip")}
        </a>
        <div className={css["frame"]} data-narrow={narrow || undefined}>
          {narrow ? (
            <>
              <header className={css["bar"]} hidden={inThread}>
                <ActionIcon variant="subtle" color="gray" size="lg" onClick={open} aria-label={t("frame.openMenu")}>
                  <IconMenu size={20} />
                </ActionIcon>
                <Mark size={24} />
                <strong>{name}</strong>
              </header>
              <Drawer opened={opened} onClose={close} size={280} title={t("frame.menu")} padding="xs">
                <Menu />
              </Drawer>
            </>
          ) : (
            <aside className={css["menu"]}>
              <Menu />
            </aside>
          )}
          <main id="content" className={css["content"]} tabIndex={-1}>
            <ConnectionBar />
            <ActingAs />
            {role === "platform" && <p className={css["foreign"]}>{t("frame.asOperator", { name })}</p>}
            <Crash key={pathname.split("/").slice(0, 4).join("/")}>
              <Suspense fallback={<Starting />}>
                <Outlet />
              </Suspense>
            </Crash>
          </main>
        </div>
        {hash.startsWith("tour-") && (
          <Suspense>
            <Tour />
          </Suspense>
        )}
        <Alerts />
        <SignInAgain />
      </KeyHost>
    </LiveProvider>
  );
}
