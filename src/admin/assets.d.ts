// What vite turns into assets: style sheets (plain ones and modules) and fonts imported for their side effect.
declare module "*.module.css" {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
declare module "*.css";
declare module "*.svg" {
  const url: string;
  export default url;
}
declare module "@fontsource-variable/*";
declare module "postcss-preset-mantine" {
  import type { Plugin } from "postcss";
  export default function mantinePreset(): Plugin;
}
