import { ActionIcon, Group, NumberInput, Radio, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { FlowInput, Operator } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import classes from "./call-flow.module.css";
import { move, ringOrder } from "./hours.ts";

interface Props {
  flow: FlowInput;
  operators: readonly Operator[];
  change: (part: Partial<FlowInput>) => void;
}

export function RingingForm({ flow, operators, change }: Props) {
  const t = useWords();
  return (
    <Stack>
      <Radio.Group
        label={t("ringing.strategy")}
        value={flow.strategy}
        onChange={(strategy) => change({ strategy: strategy === "sequential" ? "sequential" : "simultaneous" })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="simultaneous" label={t("ringing.simultaneous")} description={t("ringing.simultaneousHint")} />
          <Radio value="sequential" label={t("ringing.sequential")} description={t("ringing.sequentialHint")} />
        </Stack>
      </Radio.Group>
      {flow.strategy === "sequential" && operators.length > 0 && (
        <Order flow={flow} operators={operators} change={change} />
      )}
      <Group align="flex-end">
        <NumberInput
          label={t("ringing.ringSeconds")}
          value={flow.ringSeconds}
          min={5}
          max={120}
          clampBehavior="blur"
          allowDecimal={false}
          onChange={(value) => {
            if (typeof value === "number") change({ ringSeconds: value });
          }}
        />
        <NumberInput
          label={t("ringing.maxWaitSeconds")}
          value={flow.maxWaitSeconds}
          min={10}
          max={3600}
          clampBehavior="blur"
          allowDecimal={false}
          onChange={(value) => {
            if (typeof value === "number") change({ maxWaitSeconds: value });
          }}
        />
      </Group>
    </Stack>
  );
}

function Order({ flow, operators, change }: Props) {
  const t = useWords();
  const order = ringOrder(
    flow.operatorIds,
    operators.map(({ operatorId }) => operatorId),
  );
  const nameOf = (id: number) => operators.find(({ operatorId }) => operatorId === id)?.name ?? "";
  return (
    <div>
      <Text size="sm" fw={500} id="ring-order">
        {t("ringing.order")}
      </Text>
      <ol className={classes["order"]} aria-labelledby="ring-order" data-testid="ring-order">
        {order.map((id, index) => (
          <li key={id}>
            <span className={classes["orderNumber"]}>{index + 1}.</span>
            <bdi>{nameOf(id)}</bdi>
            <span>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                disabled={index === 0}
                aria-label={t("ringing.up", { name: nameOf(id) })}
                onClick={() => change({ operatorIds: move(order, index, -1) })}
              >
                <IconArrowUp size={18} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                disabled={index === order.length - 1}
                aria-label={t("ringing.down", { name: nameOf(id) })}
                onClick={() => change({ operatorIds: move(order, index, 1) })}
              >
                <IconArrowDown size={18} />
              </ActionIcon>
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
