import { Button, Fieldset, Group, NumberInput, SimpleGrid, Stack } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Outgoing, OutgoingTrunk } from "../api/client.ts";
import { useSaveOutgoing } from "../api/outgoing.ts";
import { useWords } from "../messages/language.tsx";
import { problemOf } from "../parts/field-problems.ts";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { NumberMatchFields } from "./number-match-fields.tsx";
import classes from "./outgoing.module.css";
import { fieldsOf } from "./rule-form.tsx";
import { EVERY_NUMBER, inputOf, majorOf, minorOf } from "./settings.ts";

interface Props {
  outgoing: Outgoing;
  trunk: OutgoingTrunk;
  onDone: () => void;
}

type Typed = number | string;
type Prices = OutgoingTrunk["costs"]["prices"];
type Bundles = OutgoingTrunk["costs"]["bundles"];

const amount = (typed: Typed) => (typed === "" ? null : Number(typed));

/** What the contract with the company says: prices, free minutes, and how much a day may cost at most. */
export function TermsForm({ outgoing, trunk, onDone }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveOutgoing();
  const { limits, costs } = trunk;
  const [minutes, setMinutes] = useState<Typed>(limits.minutesPerDay ?? "");
  const [money, setMoney] = useState<Typed>(limits.moneyPerDayMinor === null ? "" : majorOf(limits.moneyPerDayMinor));
  const [step, setStep] = useState<Typed>(costs.stepSeconds);
  const [prices, setPrices] = useState<Prices>(costs.prices);
  const [bundles, setBundles] = useState<Bundles>(costs.bundles);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const errorOf = (path: string) => {
    const code = problemOf(problems, path);
    return code === undefined ? undefined : fieldText(code);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const most = amount(money);
    const terms = {
      trunkId: trunk.trunkId,
      limits: { minutesPerDay: amount(minutes), moneyPerDayMinor: most === null ? null : minorOf(most) },
      costs: { prices, bundles, stepSeconds: Number(step) },
    };
    save.mutate(inputOf(outgoing, { trunks: [terms] }), {
      onSuccess: onDone,
      onError: (error) => {
        if (error instanceof ApiError) setProblems(fieldsOf(error, "trunks.0."));
      },
    });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Fieldset legend={t("terms.limits")}>
          <p className={classes["lead"]}>{t("terms.limitsHint")}</p>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput
              label={t("terms.minutesPerDay")}
              placeholder={t("trunkForm.noLimit")}
              value={minutes}
              onChange={setMinutes}
              error={errorOf("limits.minutesPerDay")}
              allowDecimal={false}
              allowNegative={false}
              min={0}
            />
            <NumberInput
              label={t("terms.moneyPerDay", { currency: outgoing.currency })}
              placeholder={t("trunkForm.noLimit")}
              value={money}
              onChange={setMoney}
              error={errorOf("limits.moneyPerDayMinor")}
              decimalScale={2}
              allowNegative={false}
              min={0}
            />
          </SimpleGrid>
        </Fieldset>
        <Fieldset legend={t("terms.prices")}>
          <p className={classes["lead"]}>{t("terms.pricesHint")}</p>
          <Stack>
            {prices.map((price, index) => (
              <Entry
                // A price has no identity but its place.
                key={`${prices.length} ${index}`}
                numbers={price.numbers}
                setNumbers={(numbers) => setPrices(prices.with(index, { ...price, numbers }))}
                errorOf={(path) => errorOf(`costs.prices.${index}.${path}`)}
                remove={() => setPrices(prices.toSpliced(index, 1))}
                removeLabel={t("terms.removePrice", { number: index + 1 })}
              >
                <NumberInput
                  label={t("terms.perMinute", { currency: outgoing.currency })}
                  value={majorOf(price.perMinuteMinor)}
                  onChange={(value) =>
                    setPrices(prices.with(index, { ...price, perMinuteMinor: minorOf(Number(value)) }))
                  }
                  error={errorOf(`costs.prices.${index}.perMinuteMinor`)}
                  decimalScale={4}
                  allowNegative={false}
                  min={0}
                  maw={240}
                />
              </Entry>
            ))}
            <Group justify="space-between" align="flex-end">
              <Button
                variant="default"
                leftSection={<IconPlus size={17} aria-hidden />}
                onClick={() => setPrices([...prices, { numbers: EVERY_NUMBER, perMinuteMinor: 0 }])}
              >
                {t("terms.addPrice")}
              </Button>
              <NumberInput
                label={t("terms.step")}
                value={step}
                onChange={setStep}
                error={errorOf("costs.stepSeconds")}
                allowDecimal={false}
                allowNegative={false}
                min={1}
                max={3600}
                maw={240}
              />
            </Group>
          </Stack>
        </Fieldset>
        <Fieldset legend={t("terms.bundles")}>
          <p className={classes["lead"]}>{t("terms.bundlesHint")}</p>
          <Stack>
            {bundles.map((bundle, index) => (
              <Entry
                key={`${bundles.length} ${index}`}
                numbers={bundle.numbers}
                setNumbers={(numbers) => setBundles(bundles.with(index, { ...bundle, numbers }))}
                errorOf={(path) => errorOf(`costs.bundles.${index}.${path}`)}
                remove={() => setBundles(bundles.toSpliced(index, 1))}
                removeLabel={t("terms.removeBundle", { number: index + 1 })}
              >
                <NumberInput
                  label={t("terms.minutesPerMonth")}
                  value={bundle.minutesPerMonth}
                  onChange={(value) => setBundles(bundles.with(index, { ...bundle, minutesPerMonth: Number(value) }))}
                  error={errorOf(`costs.bundles.${index}.minutesPerMonth`)}
                  allowDecimal={false}
                  allowNegative={false}
                  min={1}
                  maw={240}
                />
              </Entry>
            ))}
            <Button
              variant="default"
              style={{ alignSelf: "start" }}
              leftSection={<IconPlus size={17} aria-hidden />}
              onClick={() => setBundles([...bundles, { numbers: EVERY_NUMBER, minutesPerMonth: 500 }])}
            >
              {t("terms.addBundle")}
            </Button>
          </Stack>
        </Fieldset>
        <FormError error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface EntryProps {
  numbers: OutgoingTrunk["costs"]["prices"][number]["numbers"];
  setNumbers: (numbers: EntryProps["numbers"]) => void;
  errorOf: (path: string) => string | undefined;
  remove: () => void;
  removeLabel: string;
  children: ReactNode;
}

function Entry({ numbers, setNumbers, errorOf, remove, removeLabel, children }: EntryProps) {
  const t = useWords();
  return (
    <div className={classes["entry"]}>
      <NumberMatchFields match={numbers} onChange={setNumbers} errorOf={(path) => errorOf(`numbers.${path}`)} />
      <Group justify="space-between" align="flex-end" mt="md">
        {children}
        <Button
          variant="subtle"
          color="red"
          leftSection={<IconTrash size={17} aria-hidden />}
          aria-label={removeLabel}
          onClick={remove}
        >
          {t("action.delete")}
        </Button>
      </Group>
    </div>
  );
}
