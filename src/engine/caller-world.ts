import { isHiddenNumber, toE164 } from "../calls/phone-number.ts";
import { isOpenBySchedule } from "../flows/hours/schedule.ts";
import type { IvrWorld } from "../flows/ivr/ivr-types.ts";
import { ownNumber } from "../flows/routing/own-number.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the interpreter may look at for one caller, as it is now. */
export function callerWorld(
  around: Surroundings,
  call: { number: string; dialled: string; startedAtMs: number },
): IvrWorld {
  const { site, numbers, schedules, flows, operators } = around.configuration();
  const { prompts, spokenTexts, board } = around;
  const nowMs = around.nowMs();
  return {
    nowMs,
    timeZone: site.timeZone,
    startedAtMs: call.startedAtMs,
    caller: { e164: toE164(call.number, site.country), isHidden: isHiddenNumber(call.number) },
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
