import { createTheme, Drawer, type MantineColorsTuple, Modal } from "@mantine/core";

/** The one accent: the petrol of the icon. Shade 7 carries white text (7:1), shade 6 does so on the dark ground (5:1). */
const petrol: MantineColorsTuple = [
  "#ecf5f8",
  "#d9e9ef",
  "#b0d2de",
  "#84bacd",
  "#62a6bf",
  "#3f8caa",
  "#277491",
  "#17607a",
  "#104d63",
  "#0a3a4c",
];

const gray: MantineColorsTuple = [
  "#f7f8f9",
  "#f0f2f4",
  "#e4e8eb",
  "#d5dade",
  "#b9c1c8",
  "#8b96a0",
  "#5f6b76",
  "#47525c",
  "#303a43",
  "#1a2229",
];

const dark: MantineColorsTuple = [
  "#dfe5ea",
  "#b8c2cb",
  "#9aa6b1",
  "#5f6c78",
  "#3b4651",
  "#2d3741",
  "#212a33",
  "#171f27",
  "#10171e",
  "#0b1117",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark },
  defaultRadius: "md",
  fontFamily: "'Noto Sans Variable', 'Noto Sans Georgian Variable', 'Noto Sans', system-ui, sans-serif",
  headings: {
    fontFamily: "'Noto Sans Variable', 'Noto Sans Georgian Variable', 'Noto Sans', system-ui, sans-serif",
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.3" },
      h2: { fontSize: "1.0625rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Drawer: Drawer.extend({ defaultProps: { padding: "lg", overlayProps: { backgroundOpacity: 0.35 } } }),
    Modal: Modal.extend({ defaultProps: { padding: "lg", radius: "lg", overlayProps: { backgroundOpacity: 0.35 } } }),
  },
});
