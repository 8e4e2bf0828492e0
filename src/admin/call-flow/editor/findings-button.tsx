import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconExclamationCircle } from "@tabler/icons-react";
import type { Finding } from "../../../flows/ivr/check-flow.ts";
import { useWords } from "../../messages/language.tsx";
import classes from "./editor.module.css";

/** How many errors and warnings there are; opens what they are. */
export function FindingsButton({ findings, open }: { findings: readonly Finding[]; open: () => void }) {
  const t = useWords();
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const state = errors > 0 ? "error" : warnings > 0 ? "warning" : "fine";
  const Icon = { error: IconExclamationCircle, warning: IconAlertTriangle, fine: IconCircleCheck }[state];
  return (
    <Button
      variant="default"
      size="compact-md"
      className={classes["findingsButton"] ?? ""}
      data-state={state}
      data-testid="findings-button"
      leftSection={<Icon size={18} aria-hidden />}
      onClick={open}
    >
      {state === "fine"
        ? t("editor.allFine")
        : [
            ...(errors > 0 ? [t("editor.errorCount", { count: errors })] : []),
            ...(warnings > 0 ? [t("editor.warningCount", { count: warnings })] : []),
          ].join(", ")}
    </Button>
  );
}
