/** How the installation of FreeSWITCH stands that was asked for in the panel. */

export const SWITCH_INSTALL_STEPS = ["asking", "fetching", "installing", "starting"] as const;
export const SWITCH_INSTALL_PROBLEMS = ["wrong-token", "no-internet", "no-room", "failed"] as const;

export interface SwitchInstallView {
  /** `no-box`: nobody may install anything here; `none`: it is not installed, and nobody has asked for it. */
  state: "no-box" | "none" | "running" | "done" | "failed";
  step: (typeof SWITCH_INSTALL_STEPS)[number];
  /** Of the step, 0 to 100. */
  percent: number;
  problem: (typeof SWITCH_INSTALL_PROBLEMS)[number] | null;
}
