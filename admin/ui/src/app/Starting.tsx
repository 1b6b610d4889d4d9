import { Skeleton } from "@mantine/core";
import { useSay } from "../i18n";
import css from "./Starting.module.css";

/** While a page's code and its first data come: its shape, and a word for those who do not see it. */
export function Starting() {
  const t = useSay();
  return (
    <div className={css["starting"]} role="status" aria-busy="true">
      <span className="visually-hidden">{t("frame.loading")}</span>
      <Skeleton height={24} width={180} />
      {[92, 76, 84, 60, 88].map((width) => (
        <Skeleton key={width} height={14} width={`${width}%`} />
      ))}
    </div>
  );
}
