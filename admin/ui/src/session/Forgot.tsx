import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useSay } from "../i18n";
import { Card } from "./Card";
import css from "./Card.module.css";

/** A hub that sends no mail says who can help. */
export function Forgot() {
  const t = useSay();
  return (
    <Card title={t("session.forgotTitle")} lead={t("session.forgotNoMail")}>
      <div className={css["links"]}>
        <Anchor component={Link} to="/sign-in" size="sm">
          {t("session.back")}
        </Anchor>
      </div>
    </Card>
  );
}
