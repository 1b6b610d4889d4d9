import { useEffect, useState } from "react";
import { useSay } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { IconPlugOff } from "../ui/icons";
import css from "./ConnectionBar.module.css";

const PATIENCE = 2_500;

/** Says that the connection is lost, and goes by itself when it is back. A blink of it is not worth a word. */
export function ConnectionBar() {
  const t = useSay();
  const { state } = useLive();
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (state === "open") {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div role="status" className={css["place"]}>
      {late && (
        <div className={css["bar"]}>
          <IconPlugOff size={16} aria-hidden />
          <span>{state === "away" ? t("frame.noLive") : t("frame.offline")}</span>
        </div>
      )}
    </div>
  );
}
