import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useState } from "react";
import { useWords } from "../messages/language.tsx";
import { problemOf } from "../parts/field-problems.ts";
import { useFieldText } from "../parts/use-error-text.ts";
import { TrunkBasics } from "./trunk-basics.tsx";
import { type MorePart, partsWith, type TrunkProblems, type WholeTrunkDraft } from "./trunk-draft.ts";
import { TrunkMore } from "./trunk-more.tsx";

interface Props {
  draft: WholeTrunkDraft;
  problems: TrunkProblems;
  keepsPassword: boolean;
  change: (part: Partial<WholeTrunkDraft>) => void;
}

/** Says what is wrong with a field, or with the first of those below it. */
export function useTrunkErrorOf(problems: TrunkProblems): (path: string) => string | undefined {
  const fieldText = useFieldText();
  return (path) => {
    const code = problemOf(problems, path);
    return code === undefined ? undefined : fieldText(code);
  };
}

/** All of a trunk: what has to be said, and below 'More' what has usual values; a part with a problem stands open. */
export function TrunkFields({ draft, problems, keepsPassword, change }: Props) {
  const t = useWords();
  const errorOf = useTrunkErrorOf(problems);
  const [chosen, setChosen] = useState<MorePart[]>([]);
  const [wantsMore, setWantsMore] = useState(false);
  const inNeed = partsWith(problems);
  const showsMore = wantsMore || inNeed.length > 0;
  const open = [...new Set([...chosen, ...inNeed])];
  return (
    <>
      <TrunkBasics {...{ draft, change, errorOf, keepsPassword }} />
      <Button
        variant="subtle"
        style={{ alignSelf: "start" }}
        leftSection={showsMore ? <IconChevronUp size={18} aria-hidden /> : <IconChevronDown size={18} aria-hidden />}
        aria-expanded={showsMore}
        onClick={() => setWantsMore(!showsMore)}
      >
        {showsMore ? t("trunkForm.less") : t("trunkForm.more")}
      </Button>
      {showsMore && <TrunkMore {...{ draft, change, errorOf, open }} setOpen={setChosen} />}
    </>
  );
}
