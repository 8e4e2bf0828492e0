import { Button, Input, Radio, Stack, TextInput } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useTestFirstTrunk } from "../api/lines.ts";
import { PresetChoice } from "../lines/preset-choice.tsx";
import {
  draftByPreset,
  ofTrunkAlone,
  type TrunkProblems,
  trunkToTry,
  type WholeTrunkDraft,
} from "../lines/trunk-draft.ts";
import { TrunkFields } from "../lines/trunk-fields.tsx";
import { TrunkTestRun } from "../lines/trunk-test.tsx";
import { useWords } from "../messages/language.tsx";
import { type StepProps, useErrorOf } from "./steps.tsx";

/** The firm's line: what kind it is, what the contract says, and whether it works. */
export function TrunkStep({ draft, problems, change }: StepProps) {
  const t = useWords();
  const errorOf = useErrorOf(problems);
  const { trunk } = draft;
  return (
    <>
      <Radio.Group
        aria-label={t("start.trunk.title")}
        value={draft.hasTrunk ? "now" : "later"}
        onChange={(when) => change({ hasTrunk: when === "now" })}
      >
        <Stack gap="xs">
          <Radio value="now" label={t("start.trunk.now")} />
          <Radio value="later" label={t("start.trunk.later")} description={t("start.trunk.laterHint")} />
        </Stack>
      </Radio.Group>
      {draft.hasTrunk && trunk === null && (
        <>
          {problems["trunk"] !== undefined && <Input.Error role="alert">{t("start.trunk.chooseKind")}</Input.Error>}
          <PresetChoice choose={(preset) => change({ trunk: draftByPreset(preset) })} />
        </>
      )}
      {draft.hasTrunk && trunk !== null && (
        <>
          <Button
            variant="subtle"
            style={{ alignSelf: "start" }}
            leftSection={<IconArrowLeft size={18} aria-hidden />}
            onClick={() => change({ trunk: null })}
          >
            {t("start.trunk.otherKind")}
          </Button>
          <FirstTrunk
            trunk={trunk}
            problems={ofTrunkAlone(problems)}
            change={(part) => change({ trunk: { ...trunk, ...part } })}
          />
          <TextInput
            label={t("start.trunk.number")}
            description={t("start.trunk.numberHint")}
            value={draft.number}
            onChange={(event) => change({ number: event.currentTarget.value })}
            error={errorOf("number")}
            inputMode="tel"
            autoComplete="off"
          />
        </>
      )}
    </>
  );
}

interface FirstTrunkProps {
  trunk: WholeTrunkDraft;
  problems: TrunkProblems;
  change: (part: Partial<WholeTrunkDraft>) => void;
}

function FirstTrunk({ trunk, problems, change }: FirstTrunkProps) {
  const { test, stop } = useTestFirstTrunk();
  const [found, setFound] = useState<TrunkProblems>({});
  const all = { ...found, ...problems };
  const start = () => {
    const { problems: before, input } = trunkToTry(trunk, false);
    setFound(before);
    if (Object.keys(before).length > 0) return;
    const onError = (error: Error) => {
      if (error instanceof ApiError) setFound(ofTrunkAlone(error.fields));
    };
    test.mutate({ trunk: input }, { onError });
  };
  return (
    <>
      <TrunkFields
        draft={trunk}
        problems={all}
        keepsPassword={false}
        change={(part) => {
          change(part);
          setFound({});
          // What was found is about what was there before.
          test.reset();
        }}
      />
      <TrunkTestRun test={test} start={start} stop={stop} hidesError={Object.keys(all).length > 0} />
    </>
  );
}
