// What each kind of channel needs to be connected, in the order of its form, and where one finds it.
import type { OwnKey } from "../i18n/owner";
import { IconBrandMessenger, IconBrandSlack, IconBrandTelegram, IconBrandWhatsapp, IconPlugged, IconWorld, type Icon } from "../ui/icons";

export interface CredentialField {
  name: string;
  label: OwnKey;
  text: OwnKey;
  /** Whether it is kept from the eyes of those who stand behind. */
  secret?: boolean;
  /** Whether we can make it up: it only has to be long and random. */
  made?: boolean;
  optional?: boolean;
  example?: string;
  lines?: boolean;
}

export interface Kind {
  id: string;
  icon: Icon;
  label: OwnKey;
  text: OwnKey;
  /** What to do at the platform first. */
  before: OwnKey[];
  fields: CredentialField[];
  /** What to do at the platform once the channel is there. Empty where the hub does it by itself. */
  after: OwnKey[];
}

const made = { secret: true, made: true } as const;

export const KINDS: Kind[] = [
  {
    id: "webchat",
    icon: IconWorld,
    label: "channels.webchat",
    text: "channels.webchatText",
    before: [],
    fields: [
      { name: "allowed_origins", label: "channels.origins", text: "channels.originsText", example: "https://shop.example", lines: true },
      { name: "identity_secret", label: "channels.identity", text: "channels.identityText", optional: true, ...made },
    ],
    after: ["channels.webchatAfter"],
  },
  {
    id: "whatsapp",
    icon: IconBrandWhatsapp,
    label: "channels.whatsapp",
    text: "channels.whatsappText",
    before: ["channels.metaApp", "channels.whatsappProduct"],
    fields: [
      { name: "phone_number_id", label: "channels.phoneId", text: "channels.phoneIdText", example: "106540352242922" },
      { name: "access_token", label: "channels.accessToken", text: "channels.accessTokenText", secret: true },
      { name: "app_secret", label: "channels.appSecret", text: "channels.appSecretText", secret: true },
      { name: "waba_id", label: "channels.waba", text: "channels.wabaText", optional: true, example: "102290129340398" },
      { name: "verify_token", label: "channels.verifyToken", text: "channels.verifyTokenText", ...made },
    ],
    after: ["channels.whatsappAfter", "channels.whatsappFields"],
  },
  {
    id: "messenger",
    icon: IconBrandMessenger,
    label: "channels.messenger",
    text: "channels.messengerText",
    before: ["channels.metaApp", "channels.messengerProduct"],
    fields: [
      { name: "page_id", label: "channels.pageId", text: "channels.pageIdText", example: "1234567890" },
      { name: "page_access_token", label: "channels.pageToken", text: "channels.pageTokenText", secret: true },
      { name: "app_secret", label: "channels.appSecret", text: "channels.appSecretText", secret: true },
      { name: "app_id", label: "channels.metaAppId", text: "channels.metaAppIdText", optional: true, example: "9876543210" },
      { name: "verify_token", label: "channels.verifyToken", text: "channels.verifyTokenText", ...made },
    ],
    after: ["channels.messengerAfter", "channels.messengerFields"],
  },
  {
    id: "telegram",
    icon: IconBrandTelegram,
    label: "channels.telegram",
    text: "channels.telegramText",
    before: ["channels.botFather", "channels.botFatherToken"],
    fields: [
      { name: "bot_token", label: "channels.botToken", text: "channels.botTokenText", secret: true, example: "123456789:ABC…" },
      { name: "bot_username", label: "channels.botName", text: "channels.botNameText", optional: true, example: "acme_bot" },
      { name: "secret_token", label: "channels.secretToken", text: "channels.secretTokenText", ...made },
    ],
    after: [],
  },
  {
    id: "slack",
    icon: IconBrandSlack,
    label: "channels.slack",
    text: "channels.slackText",
    before: ["channels.slackApp", "channels.slackScopes"],
    fields: [
      { name: "bot_token", label: "channels.slackToken", text: "channels.slackTokenText", secret: true, example: "xoxb-…" },
      { name: "signing_secret", label: "channels.signing", text: "channels.signingText", secret: true },
      { name: "app_id", label: "channels.slackAppId", text: "channels.slackAppIdText", example: "A0123456789" },
      { name: "team_id", label: "channels.team", text: "channels.teamText", example: "T0123456789" },
    ],
    after: ["channels.slackAfter", "channels.slackEvents"],
  },
];

export function kindOf(id: string): Kind | undefined {
  return KINDS.find((kind) => kind.id === id);
}

/** An icon and a name for any kind, those added by others included. */
export function faceOf(id: string): { icon: Icon; label: OwnKey | null } {
  const kind = kindOf(id);
  return kind ? { icon: kind.icon, label: kind.label } : { icon: IconPlugged, label: null };
}

/** A secret that nobody guesses: 64 letters and digits. */
export function madeUp(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What was typed as the API takes it: lists by line, and nothing for what was left empty. */
export function credentialsOf(kind: Kind, typed: Record<string, string>): Record<string, string | string[]> {
  const given = kind.fields.map((field): [string, string | string[]] => {
    const value = (typed[field.name] ?? "").trim();
    return [field.name, field.lines ? value.split(/[\n,]/).map((line) => line.trim()).filter(Boolean) : value];
  });
  return Object.fromEntries(given.filter(([, value]) => value.length > 0));
}
