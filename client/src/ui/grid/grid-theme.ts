/** The grid in the client's colours, dark and light. */
import { themeQuartz } from "ag-grid-community";

export const ROW_HEIGHT = 34;

export const gridTheme = themeQuartz.withParams({
  fontFamily: "inherit",
  fontSize: 13.5,
  headerFontSize: 12.5,
  headerFontWeight: 600,
  rowHeight: ROW_HEIGHT,
  headerHeight: 38,
  spacing: 6,
  cellHorizontalPadding: 12,
  wrapperBorder: false,
  wrapperBorderRadius: 0,
  backgroundColor: "light-dark(#ffffff, var(--mantine-color-body))",
  foregroundColor: "var(--mantine-color-text)",
  accentColor: "var(--mantine-primary-color-filled)",
  borderColor: "var(--mantine-color-default-border)",
  headerBackgroundColor: "light-dark(#eef2f5, #151c25)",
  headerTextColor: "light-dark(#44505d, #a9b6c5)",
  rowHoverColor: "light-dark(rgb(15 30 45 / 0.035), rgb(255 255 255 / 0.03))",
  columnBorder: { color: "light-dark(#e6ebef, #1e2731)" },
  rowBorder: { color: "light-dark(#e6ebef, #1e2731)" },
  valueChangeValueHighlightBackgroundColor: "light-dark(#b5f0e6, #0d5f57)",
  cellEditingBorder: { color: "var(--mantine-primary-color-filled)", width: 2 },
  cellEditingShadow: "0 6px 24px rgb(0 0 0 / 0.35)",
  browserColorScheme: "inherit",
});
