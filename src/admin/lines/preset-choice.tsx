import { UnstyledButton } from "@mantine/core";
import {
  IconBuilding,
  IconChevronRight,
  IconDeviceMobile,
  IconDevices,
  IconKey,
  IconPhoneFilled,
  IconWorld,
  type TablerIcon,
} from "@tabler/icons-react";
import { useWords } from "../messages/language.tsx";
import classes from "./lines.module.css";
import { WIZARD_PRESETS, type WizardPreset } from "./trunk-draft.ts";

const ICONS: Record<WizardPreset, TablerIcon> = {
  provider: IconKey,
  "ip-peer": IconWorld,
  "gsm-line": IconDeviceMobile,
  "gsm-shared": IconDevices,
  "toll-free": IconPhoneFilled,
  internal: IconBuilding,
};

/** The wizard's first question: what kind of line it is. Everything else follows from it. */
export function PresetChoice({ choose }: { choose: (preset: WizardPreset) => void }) {
  const t = useWords();
  return (
    <>
      <p className={classes["lead"]}>{t("trunkForm.presetLead")}</p>
      <ul className={classes["presets"]}>
        {WIZARD_PRESETS.map((preset) => {
          const Icon = ICONS[preset];
          return (
            <li key={preset}>
              <UnstyledButton className={classes["preset"] ?? ""} onClick={() => choose(preset)} data-preset={preset}>
                <Icon size={24} stroke={1.6} aria-hidden />
                <span>
                  <span className={classes["presetName"]}>{t(`preset.${preset}`)}</span>
                  <span className={classes["soft"]}>{t(`preset.${preset}.hint`)}</span>
                </span>
                <IconChevronRight size={18} aria-hidden />
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
    </>
  );
}
