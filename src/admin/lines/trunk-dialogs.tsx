import { Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Trunk } from "../api/client.ts";
import { useTestKeptTrunk } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { TrunkTestRun } from "./trunk-test.tsx";

/** Tries a trunk as it is kept, at once. */
export function TrunkTestDialog({ trunk, onDone }: { trunk: Trunk; onDone: () => void }) {
  const t = useWords();
  const { test, stop } = useTestKeptTrunk();
  const hasBegun = useRef(false);
  const start = () => test.mutate(trunk.trunkId);
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    test.mutate(trunk.trunkId);
  }, [test, trunk.trunkId]);
  return (
    <Stack>
      <Text size="sm">
        <bdi>{trunk.name}</bdi> · {trunk.server}:{trunk.port}
      </Text>
      <TrunkTestRun test={test} start={start} stop={stop} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("action.close")}
        </Button>
      </Group>
    </Stack>
  );
}

/** The wizard's end: what comes next. */
export function TrunkAdded({ trunk, addNumber, onDone }: { trunk: Trunk; addNumber: () => void; onDone: () => void }) {
  const t = useWords();
  return (
    <Stack>
      <Callout tone="calm" icon={IconCircleCheck} title={t("trunkForm.added", { name: trunk.name })}>
        {t("trunkForm.addedText")}
      </Callout>
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("trunkForm.later")}
        </Button>
        <Button onClick={addNumber} data-autofocus>
          {t("trunkForm.addNumber")}
        </Button>
      </Group>
    </Stack>
  );
}
