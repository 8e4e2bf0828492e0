import react from "@vitejs/plugin-react";
import mantinePreset from "postcss-preset-mantine";
import { defineConfig } from "vite";

/** Where `vite dev` finds the daemon; the built panel is served by the daemon itself. */
const daemonUrl = process.env["HOTLINE_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: "src/admin",
  cacheDir: "../../node_modules/.vite",
  plugins: [react()],
  css: { postcss: { plugins: [mantinePreset()] } },
  build: {
    outDir: "../../dist/admin",
    emptyOutDir: true,
    target: "es2022",
    // The daemon's content security policy allows no inline scripts and no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": daemonUrl } },
});
