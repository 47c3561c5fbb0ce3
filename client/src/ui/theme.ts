/** Colours and shapes of the whole client: quiet slate, one teal accent, dark first. */
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

const slate: MantineColorsTuple = [
  "#e9eef4",
  "#c9d3de",
  "#a5b2c1",
  "#8594a6",
  "#313c48",
  "#2b3540",
  "#232c37",
  "#131920",
  "#0f141a",
  "#0b0f14",
];

const lagoon: MantineColorsTuple = [
  "#e2fbf7",
  "#c3f4ec",
  "#92e8dc",
  "#5ed9ca",
  "#3ccbbb",
  "#24b3a4",
  "#159487",
  "#0a7167",
  "#075d56",
  "#03443f",
];

/** Quiet tints of what warns, each with a text that is readable on it (AA). */
const TINTS: Readonly<Record<string, { color: string; background: string; hover: string }>> = {
  red: {
    color: "light-dark(#b42318, #ff9c92)",
    background: "light-dark(#fdeceb, rgb(240 89 75 / 0.14))",
    hover: "light-dark(#fadedc, rgb(240 89 75 / 0.22))",
  },
  yellow: {
    color: "light-dark(#7a4f00, #e8b84a)",
    background: "light-dark(#fdf1d3, rgb(232 184 74 / 0.14))",
    hover: "light-dark(#fae7b8, rgb(232 184 74 / 0.22))",
  },
};

/** On the accent text is nearly black in the dark and white in the light: both readable (AA). */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const accent = input.color === undefined || input.color === input.theme.primaryColor;
  if (input.variant === "filled" && accent) return { ...colors, color: "light-dark(#fff, #062a26)" };
  const tint = TINTS[input.color ?? ""];
  return input.variant === "light" && tint !== undefined ? { ...colors, ...tint } : colors;
};

const DIALOG_TITLE = { fontWeight: 650, lineHeight: 1.3 };
const CLOSE = { closeButtonProps: { "aria-label": "Close" } };
/** What floats stands in this element of the page, so that it belongs to a landmark. */
export const LAYER = "layer";
const IN_LAYER = { defaultProps: { portalProps: { target: `#${LAYER}` } } };

export const theme = createTheme({
  primaryColor: "lagoon",
  primaryShade: { light: 7, dark: 4 },
  colors: { dark: slate, lagoon },
  variantColorResolver,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: { fontWeight: "650" },
  components: {
    Modal: { defaultProps: CLOSE, styles: { title: DIALOG_TITLE } },
    Drawer: { defaultProps: CLOSE, styles: { title: DIALOG_TITLE } },
    Notification: { defaultProps: CLOSE },
    // Its items take the focus themselves; a menu may hold nothing else.
    Menu: { defaultProps: { ...IN_LAYER.defaultProps, shadow: "lg", withInitialFocusPlaceholder: false } },
    Popover: { defaultProps: { ...IN_LAYER.defaultProps, shadow: "lg" } },
    // The list itself scrolls: a frame around it would have to take the focus, which stays with the field.
    Select: {
      defaultProps: { withScrollArea: false },
      styles: { options: { maxHeight: 220, overflowY: "auto" } },
    },
    Tooltip: {
      ...IN_LAYER,
      styles: {
        tooltip: {
          background: "light-dark(#1c2733, #2b3744)",
          color: "#f0f4f8",
          fontSize: 12.5,
          lineHeight: 1.4,
        },
      },
    },
    // The head of a dialog is no banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    DrawerHeader: { defaultProps: { role: "presentation" } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f7f9fb",
    "--mantine-color-dimmed": "#566372",
    "--mantine-color-placeholder": "#5f6b7a",
    "--mantine-color-error": "#b42318",
    "--mantine-color-default-border": "#dbe2e9",
    "--rowlock-raised": "#ffffff",
  },
  dark: {
    "--mantine-color-text": "#dbe3ec",
    "--mantine-color-dimmed": "#93a1b2",
    "--mantine-color-error": "#ff8a7d",
    "--mantine-color-default-border": "#28323e",
    "--mantine-color-default": "#1a222c",
    "--mantine-color-default-hover": "#212b36",
    "--mantine-color-lagoon-light": "rgb(60 203 187 / 0.13)",
    "--mantine-color-lagoon-light-hover": "rgb(60 203 187 / 0.2)",
    "--mantine-color-lagoon-light-color": "#5ed9ca",
    "--mantine-primary-color-light": "rgb(60 203 187 / 0.13)",
    "--mantine-primary-color-light-hover": "rgb(60 203 187 / 0.2)",
    "--mantine-primary-color-light-color": "#5ed9ca",
    "--rowlock-raised": "#171f28",
  },
});
