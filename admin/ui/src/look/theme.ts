// Mantine in our colours. The variables are written into a style sheet when the app is built.
import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from "@mantine/core";
import { dark, light, type Scheme } from "./palette.ts";

const teal: MantineColorsTuple = [
  "#e7f5f4", "#cfe9e7", "#9fd4d0", "#6dbeb8", "#3cc2b8", "#1c9992", "#0b7a75", "#096661", "#07524e", "#053d3a",
]; // prettier-ignore

/** The library's own greys in the dark are warm; ours have a blue cast. From words to the ground. */
const slate: MantineColorsTuple = [
  dark.text, "#c5d0da", dark.muted, dark.control, "#34414e", dark.line, dark.sunken, dark.raised, dark.surface, dark.ground,
]; // prettier-ignore

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 6, dark: 4 },
  colors: { teal, dark: slate },
  autoContrast: true,
  // Words on the brand's colour and on red: the library chooses by the light theme's shade in both themes.
  variantColorResolver: (input) => {
    const usual = defaultVariantColorsResolver(input);
    const ours = input.variant === "filled" && ["teal", "red"].includes(input.color ?? "teal");
    return ours ? { ...usual, color: "var(--mantine-primary-color-contrast)" } : usual;
  },
  black: light.text,
  defaultRadius: 8,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.5", sm: "1.5", md: "1.5", lg: "1.4", xl: "1.3" },
  headings: { sizes: { h1: { fontSize: "20px" }, h2: { fontSize: "16px" }, h3: { fontSize: "14px" } } },
  respectReducedMotion: true,
  components: {
    // The page itself never scrolls, and the library's way of stopping it writes an inline style.
    Modal: { defaultProps: { lockScroll: false, centered: true, transitionProps: { duration: 140 } } },
    Drawer: { defaultProps: { lockScroll: false, transitionProps: { duration: 160 } } },
    Tooltip: { defaultProps: { openDelay: 350, events: { hover: true, focus: true, touch: false } } },
    // A menu may hold nothing but its items: the first of them takes the focus, not an empty place before it.
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 120 }, withInitialFocusPlaceholder: false } },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 120 } } },
    Chip: { defaultProps: { variant: "filled" } },
    InputWrapper: { defaultProps: { withAsterisk: false } },
    Input: { vars: () => ({ wrapper: { "--input-bd": "var(--sw-control)", "--input-bg": "var(--sw-raised)" } }) },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false } },
    Button: { defaultProps: { size: "sm" } },
  },
});

function named(scheme: Scheme): Record<string, string> {
  const own = Object.entries(scheme).map(([name, value]) => [
    `--sw-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value,
  ]);
  return {
    ...Object.fromEntries(own),
    "--mantine-color-body": scheme.surface,
    "--mantine-color-text": scheme.text,
    "--mantine-color-dimmed": scheme.muted,
    "--mantine-color-placeholder": scheme.muted,
    "--mantine-color-anchor": scheme.brand,
    "--mantine-color-error": scheme.failed,
    "--mantine-color-default": scheme.raised,
    "--mantine-color-default-hover": scheme.sunken,
    "--mantine-color-default-color": scheme.text,
    "--mantine-color-default-border": scheme.line,
    "--mantine-primary-color-contrast": scheme.onBrand,
    "--mantine-color-teal-filled": scheme.brand,
    "--mantine-color-teal-light": scheme.selected,
    "--mantine-color-teal-light-hover": scheme.selected,
    "--mantine-color-teal-light-color": scheme.brand,
    "--mantine-color-teal-text": scheme.brand,
    "--mantine-color-teal-outline": scheme.brand,
    "--mantine-color-red-6": scheme.failed,
    "--mantine-color-red-filled": scheme.failed,
    "--mantine-color-red-filled-hover": `color-mix(in srgb, ${scheme.failed}, black 12%)`,
    "--mantine-color-red-text": scheme.failed,
    "--mantine-color-red-light-color": scheme.failed,
    "--mantine-color-red-light": scheme.failedGround,
    "--mantine-color-red-light-hover": scheme.failedGround,
    "--mantine-color-red-outline": scheme.failed,
  };
}

/** Our variables beside Mantine's, by theme. */
export function variables() {
  return { variables: {}, light: named(light), dark: named(dark) };
}
