/** The colors of a picture besides those of its data. Text has a contrast of at least 4.5 to the background. */
export interface Theme {
  background: string;
  text: string;
  /** Of subtitles, legends and captions. */
  muted: string;
  /** Lines between points. */
  line: string;
  /** Points where nothing colors them. */
  accent: string;
  /** Categories that have no color of their own. */
  other: string;
  /** Points without a value. */
  missing: string;
}

export const themeNames = ["light", "dark"] as const;
export type ThemeName = (typeof themeNames)[number];

export const themes: Readonly<Record<ThemeName, Theme>> = {
  light: {
    background: "#ffffff",
    text: "#1c2126",
    muted: "#5f6871",
    line: "#7d8790",
    accent: "#0072b2",
    other: "#9aa1a8",
    missing: "#d3d7db",
  },
  dark: {
    background: "#14171a",
    text: "#e8ebee",
    muted: "#98a2ac",
    line: "#77828d",
    accent: "#56b4e9",
    other: "#7b848d",
    missing: "#3d444b",
  },
};
