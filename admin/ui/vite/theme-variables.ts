// The theme's CSS variables as a file of their own: written at run time they would be an inline style, which the
// page's policy refuses.
import { convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from "@mantine/core";
import type { Plugin } from "vite";
import { theme, variables } from "../src/look/theme.ts";

const NAME = "virtual:theme.css";

export function themeCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const given = defaultCssVariablesResolver(merged);
  const own = variables();
  return convertCssVariables({
    variables: { ...given.variables, ...own.variables },
    dark: { ...given.dark, ...own.dark },
    light: { ...given.light, ...own.light },
  });
}

export function themeVariables(): Plugin {
  return {
    name: "theme-variables",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? themeCss() : null),
  };
}
