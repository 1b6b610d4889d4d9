import { Button, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useWords } from "../i18n/owner";
import { madeUp, type CredentialField } from "./kinds";

interface Props {
  fields: CredentialField[];
  typed: Record<string, string>;
  /** What is wrong, by the name of the credential. */
  wrong: Record<string, string>;
  change: (name: string, value: string) => void;
}

/** One field for each credential, with where to find it. */
export function CredentialFields({ fields, typed, wrong, change }: Props) {
  const t = useWords();
  return fields.map((field) => {
    const optional = field.optional ? ` (${t("own.optional")})` : "";
    const common = {
      label: t(field.label) + optional,
      description: t(field.text),
      placeholder: field.example,
      required: !field.optional,
      value: typed[field.name] ?? "",
      error: wrong[`credentials.${field.name}`],
      autoComplete: "off",
      spellCheck: false,
    };
    if (field.lines)
      return <Textarea key={field.name} {...common} autosize minRows={2} onChange={(event) => change(field.name, event.currentTarget.value)} />;
    const Input = field.secret ? PasswordInput : TextInput;
    const input = (
      <Input
        key={field.name}
        {...common}
        size="sm"
        {...(field.secret ? { visibilityToggleButtonProps: { "aria-label": t("session.showPassword") } } : {})}
        onChange={(event) => change(field.name, event.currentTarget.value)}
      />
    );
    if (!field.made) return input;
    return (
      <div key={field.name}>
        {input}
        <Button variant="subtle" size="compact-sm" mt={4} onClick={() => change(field.name, madeUp())}>
          {t("channels.makeUp")}
        </Button>
      </div>
    );
  });
}
