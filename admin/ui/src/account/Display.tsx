import { Input, Select, SegmentedControl, Stack } from "@mantine/core";
import { change, useSettings, type Direction, type Theme } from "../app/settings";
import { LANGUAGES, useSay } from "../i18n";

export function Display() {
  const t = useSay();
  const { theme, language, direction } = useSettings();
  return (
    <Stack gap="lg" maw={420}>
      <div>
        <Input.Label labelElement="div" id="theme-label">
          {t("account.theme")}
        </Input.Label>
        <SegmentedControl
          aria-labelledby="theme-label"
          fullWidth
          value={theme}
          onChange={(value) => change({ theme: value as Theme })}
          data={[
            { value: "auto", label: t("account.themeAuto") },
            { value: "light", label: t("account.themeLight") },
            { value: "dark", label: t("account.themeDark") },
          ]}
        />
      </div>
      <Select
        label={t("account.language")}
        value={language}
        onChange={(value) => change({ language: value ?? "auto" })}
        data={[
          { value: "auto", label: t("account.languageAuto") },
          ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
        ]}
      />
      <Select
        label={t("account.direction")}
        value={direction}
        onChange={(value) => change({ direction: (value ?? "auto") as Direction })}
        data={[
          { value: "auto", label: t("account.directionAuto") },
          { value: "ltr", label: t("account.directionLtr") },
          { value: "rtl", label: t("account.directionRtl") },
        ]}
      />
    </Stack>
  );
}
