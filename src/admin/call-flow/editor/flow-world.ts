import { createContext, useContext } from "react";
import type { Language } from "../../../calls/language.ts";
import type { WeeklyHours } from "../../../calls/schedule.ts";
import type { Operator, Prompt, PromptList } from "../../api/client.ts";

/** What the steps of a flow speak of besides each other. */
export interface FlowWorld {
  flowId: string;
  prompts: readonly Prompt[];
  languages: PromptList["languages"];
  /** In which the texts of prompts are shown. */
  textLanguage: Language;
  operators: readonly Operator[];
  flows: readonly { flowId: string; name: string }[];
  schedules: readonly { scheduleId: number; name: string; weekly: WeeklyHours }[];
}

export const FlowWorldContext = createContext<FlowWorld | null>(null);

export function useFlowWorld(): FlowWorld {
  const world = useContext(FlowWorldContext);
  if (world === null) throw new Error("useFlowWorld outside of an editor");
  return world;
}
