import { Button } from "@mantine/core";
import { useSay } from "../i18n";
import { Notice } from "../ui/Notice";

export function Missing() {
  const t = useSay();
  return (
    <Notice
      level={1}
      tone="empty"
      title={t("error.missingTitle")}
      action={
        <Button component="a" href="/admin/" variant="default">
          {t("error.toInbox")}
        </Button>
      }
    >
      {t("error.missingText")}
    </Notice>
  );
}
