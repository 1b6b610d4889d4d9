// How somebody looks: a picture over their first letter, which stands while the picture is missing.

export function Face({ name, picture, base }: { name: string; picture: string | null | undefined; base: URL }) {
  return (
    <span class="avatar" aria-hidden="true">
      {[...name][0]?.toUpperCase()}
      {picture?.startsWith("/files/") && <img alt="" src={new URL(picture.slice(1), base).href} />}
    </span>
  );
}
