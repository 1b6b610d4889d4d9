// Every kind of part a message can have. What this desk does not know is said and kept, never dropped.
import { Badge, Code } from "@mantine/core";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { Markdown, Out } from "../ui/Markdown";
import { IconAlertTriangle, IconFile, IconMapPin, IconPhone, IconTemplate, IconUser } from "../ui/icons";
import type { Part } from "./data";
import css from "./PartView.module.css";

interface Props {
  part: Part;
  /** Our own messages are Markdown; a customer's are as they were typed. */
  markdown: boolean;
  cite?: ((n: number) => void) | undefined;
}

type Fields = Record<string, unknown>;
const words = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter((one) => one !== null && typeof one === "object") : []);

export function PartView({ part, markdown, cite }: Props) {
  const t = useSay();
  const data = part as unknown as Fields;
  switch (part.type) {
    case "text":
      return markdown ? (
        <Markdown text={words(data["text"])} cite={cite} citeLabel={(n) => t("why.source", { n })} />
      ) : (
        <p className={css["plain"]} dir="auto">
          {words(data["text"])}
        </p>
      );
    case "media":
      return <Media data={data} />;
    case "choices":
      return (
        <>
          <Markdown text={words(data["text"])} />
          <Options options={list(data["options"])} />
        </>
      );
    case "choice":
      return <p className={css["plain"]}>{t("part.chose", { title: words(data["title"]) || words(data["id"]) })}</p>;
    case "location":
      return <Location data={data} />;
    case "location_request":
      return <p className={css["plain"]}>{words(data["text"]) || t("part.locationRequest")}</p>;
    case "contact":
      return <ContactCard data={data} />;
    case "card":
      return (
        <div className={css["card"]}>
          <strong dir="auto">{words(data["title"])}</strong>
          {words(data["text"]) && <span dir="auto">{words(data["text"])}</span>}
          <Options options={list(data["options"])} />
        </div>
      );
    case "template":
      return (
        <div className={css["line"]}>
          <IconTemplate size={16} aria-hidden />
          <span>
            {t("part.template", { name: words(data["name"]), language: words(data["language"]) })}
            <Values values={data["values"]} />
          </span>
        </div>
      );
    case "form":
      return <p className={css["plain"]}>{t("part.form", { title: words(data["title"]) })}</p>;
    case "form_reply":
      return (
        <div>
          <span>{t("part.formReply")}</span>
          <Values values={data["values"]} />
        </div>
      );
    case "reaction":
      return (
        <p className={css["plain"]}>
          {t(data["removed"] === true ? "part.reactionTaken" : "part.reacted", { emoji: words(data["emoji"]) })}
        </p>
      );
    default:
      return (
        <details className={css["unknown"]}>
          <summary>{t("part.unknown", { kind: words(data["kind"]) || part.type })}</summary>
          <Code block dir="ltr">
            {JSON.stringify(data["raw"] ?? data, null, 2).slice(0, 4_000)}
          </Code>
        </details>
      );
  }
}

function Options({ options }: { options: Fields[] }) {
  return (
    <div className={css["options"]}>
      {options.map((option, n) => (
        <Badge key={n} variant="outline" color="gray" tt="none" fw={500} size="lg" radius="md">
          {words(option["title"])}
        </Badge>
      ))}
    </div>
  );
}

function Values({ values }: { values: unknown }) {
  if (values === null || typeof values !== "object") return null;
  const pairs = Object.entries(values);
  if (pairs.length === 0) return null;
  return (
    <dl className={css["values"]}>
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Location({ data }: { data: Fields }) {
  const t = useSay();
  const [latitude, longitude] = [Number(data["latitude"]), Number(data["longitude"])];
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return (
    <div className={css["line"]}>
      <IconMapPin size={16} aria-hidden />
      <span>
        {words(data["name"]) || t("part.location")}
        {words(data["address"]) && <span className={css["sub"]}>{words(data["address"])}</span>}
        <span className={css["sub"]}>
          <Out href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}>{place}</Out>
        </span>
      </span>
    </div>
  );
}

function ContactCard({ data }: { data: Fields }) {
  const lines = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);
  return (
    <div className={css["line"]}>
      <IconUser size={16} aria-hidden />
      <span>
        <strong dir="auto">{words(data["name"])}</strong>
        {lines(data["phones"]).map((phone) => (
          <span key={phone} className={css["sub"]}>
            <IconPhone size={12} aria-hidden /> <bdi>{phone}</bdi>
          </span>
        ))}
        {lines(data["emails"]).map((email) => (
          <span key={email} className={css["sub"]}>
            <bdi>{email}</bdi>
          </span>
        ))}
      </span>
    </div>
  );
}

function Media({ data }: { data: Fields }) {
  const t = useSay();
  const { tenant } = useHere();
  const url = addressOf(tenant, data["file_id"]);
  const name = words(data["name"]);
  const caption = words(data["caption"]);
  const kind = words(data["kind"]);
  const mime = words(data["mime"]);
  const error = words(data["error"]);
  const size = typeof data["size"] === "number" ? sizeOf(data["size"]) : "";
  const label = name || t(kind === "image" ? "part.image" : kind === "video" ? "part.video" : kind === "audio" || kind === "voice" ? "part.audio" : "part.file");
  const picture = url && kind === "image" && /^image\/(png|jpeg|gif|webp)$/.test(mime);
  return (
    <figure className={css["media"]}>
      {picture ? (
        <a href={url} target="_blank" rel="noopener noreferrer">
          <img src={url} alt={caption || label} loading="lazy" className={css["picture"]} />
        </a>
      ) : (kind === "audio" || kind === "voice") && url ? (
        <audio controls preload="none" src={url} aria-label={label} />
      ) : (
        <div className={css["line"]}>
          {error ? <IconAlertTriangle size={16} aria-hidden /> : <IconFile size={16} aria-hidden />}
          <span>
            {url ? (
              <a href={url} download={name || true}>
                <bdi>{label}</bdi>
              </a>
            ) : (
              <bdi>{label}</bdi>
            )}
            <span className={css["sub"]}>{error ? t("part.mediaFailed", { why: error }) : [mime, size].filter(Boolean).join(" · ")}</span>
          </span>
        </div>
      )}
      {caption && <figcaption dir="auto">{caption}</figcaption>}
    </figure>
  );
}

/** Where a file of ours is. Pictures on strangers' servers would tell them who looks, and when: those are not shown. */
function addressOf(tenant: string, file: unknown): string | null {
  return typeof file === "string" && /^[0-9a-f-]{36}$/i.test(file) ? `/api/v1/tenants/${tenant}/files/${file}` : null;
}

export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
