import { callerE164 } from "../calls/number-format.ts";
import { isHiddenNumber } from "../calls/phone-number.ts";
import { isOpenBySchedule } from "../flows/hours/schedule.ts";
import type { IvrWorld } from "../flows/ivr/ivr-types.ts";
import { ownNumber } from "../flows/routing/own-number.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the interpreter may look at for one caller, as it is now. */
export function callerWorld(
  around: Pick<Surroundings, "configuration" | "prompts" | "spokenTexts" | "nowMs"> & {
    board: Pick<Surroundings["board"], "view">;
  },
  call: { number: string; gateway: string | null; dialled: string; startedAtMs: number },
): IvrWorld {
  const configuration = around.configuration();
  const { site, numbers, schedules, flows, operators } = configuration;
  const { prompts, spokenTexts, board } = around;
  const nowMs = around.nowMs();
  return {
    nowMs,
    timeZone: site.timeZone,
    startedAtMs: call.startedAtMs,
    caller: { e164: callerE164(call.number, call.gateway, configuration), isHidden: isHiddenNumber(call.number) },
    dialled: call.dialled,
    numberSchedule: ownNumber(numbers, call.dialled, site.country)?.scheduleId ?? null,
    isScheduleOpen: (id) => {
      const schedule = schedules.find(({ scheduleId }) => scheduleId === id);
      return schedule ? isOpenBySchedule(schedule, nowMs, site.timeZone).isOpen : null;
    },
    group: ({ operatorIds }) => board.view(operatorIds),
    extensions: () => operators.filter(({ isEnabled }) => isEnabled),
    flow: (id) => flows.find((flow) => flow.id === id) ?? null,
    hasPrompt: (name, language) => prompts.file(name, language) !== null,
    hasVoice: (language) => spokenTexts.hasVoice(language),
  };
}
