import { useState } from "react";
import type { WeeklyHours } from "../../../../flows/hours/weekly-hours.ts";
import { checkHours, type Hours, tidyHours } from "../../hours.ts";
import { HoursForm } from "../../hours-form.tsx";

/** Times are typed sign by sign; only whole ones leave the field. */
export function HoursField({ hours, onChange }: { hours: WeeklyHours; onChange: (hours: WeeklyHours) => void }) {
  const [typed, setTyped] = useState<Hours>(hours);
  const [shownFor, setShownFor] = useState(hours);
  if (hours !== shownFor) {
    setShownFor(hours);
    // Changed elsewhere, by an undo say.
    if (JSON.stringify(tidyHours(typed)) !== JSON.stringify(tidyHours(hours))) setTyped(hours);
  }
  return (
    <HoursForm
      hours={typed}
      showsProblems
      onChange={(changed) => {
        setTyped(changed);
        if (Object.keys(checkHours(changed)).length === 0) onChange(tidyHours(changed));
      }}
    />
  );
}
