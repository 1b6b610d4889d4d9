import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useMe } from "../app/access";
import { useSay } from "../i18n";
import { Card } from "./Card";
import { NewCompany } from "./NewCompany";
import { useSignOut } from "./useSignOut";

/** Signed in, but a member of nothing: who can change that; platform admins choose where to look in. */
export function Nowhere() {
  const t = useSay();
  const me = useMe();
  const signOut = useSignOut();
  const tenants = useQuery({
    queryKey: ["tenants"],
    queryFn: () => unwrap(api.GET("/api/v1/tenants")),
    enabled: me.person.platform_admin,
  }).data;
  const first = tenants?.items.length === 0;
  return (
    <Card
      title={t(first ? "session.firstCompany" : me.person.platform_admin ? "session.chooseTenant" : "session.nowhereTitle")}
      lead={first ? t("session.firstCompanyText") : me.person.platform_admin ? undefined : t("session.nowhereText", { email: me.person.email })}
    >
      <Stack gap="xs">
        {first && <NewCompany />}
        {tenants?.items.map((one) => (
          <Button key={one.id} component={Link} to={`/${one.slug}`} variant="default" fullWidth>
            {one.name}
          </Button>
        ))}
        <Button variant="subtle" onClick={signOut} fullWidth>
          {t("session.signOut")}
        </Button>
      </Stack>
    </Card>
  );
}
