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

/** On the accent text is nearly black in the dark and white in the light: both readable (AA). */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const accent = input.color === undefined || input.color === input.theme.primaryColor;
  return input.variant === "filled" && accent ? { ...colors, color: "light-dark(#fff, #062a26)" } : colors;
};

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
    "--mantine-color-default-border": "#dbe2e9",
    "--rowlock-raised": "#ffffff",
  },
  dark: {
    "--mantine-color-text": "#dbe3ec",
    "--mantine-color-dimmed": "#93a1b2",
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
