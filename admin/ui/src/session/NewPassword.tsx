import { PasswordInput } from "@mantine/core";
import { useSay } from "../i18n";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  label?: string;
}

/** A field for a password that is being chosen. */
export function NewPassword({ value, onChange, error, label }: Props) {
  const t = useSay();
  return (
    <PasswordInput
      label={label ?? t("session.newPassword")}
      description={t("session.newPasswordText")}
      name="new-password"
      autoComplete="new-password"
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      aria-invalid={error ? true : undefined}
      visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
    />
  );
}
