import { Avatar } from "@mantine/core";

interface Props {
  name: string;
  picture: string | null | undefined;
  size?: number;
}

/** How somebody looks, beside their name. Without a picture, or where it cannot be had, their initials. */
export function Portrait({ name, picture, size = 28 }: Props) {
  return <Avatar size={size} radius="50%" color="teal" name={name} src={picture ?? null} alt="" aria-hidden />;
}
