import type { Use } from "../database/use.ts";
import { ApiError } from "./api-error.ts";

/** One place in which something is used; the panel leads there. */
interface Place {
  kind: "number" | "flow" | "rule";
  /** Of a number or a flow; rules have none. */
  id: number | string | null;
  name: string;
}

/** @throws ApiError 409 `in-use`, with every place: in words (`numbers`, `flows`, `rules`) and one by one (`places`) */
export function refuseInUse({ numbers = [], flows = [], rules = [] }: Partial<Use>): void {
  const places: Place[] = [
    ...numbers.map(
      ({ numberId, number, name }): Place => ({
        ...{ kind: "number", id: numberId, name: name === "" ? number : `${name} (${number})` },
      }),
    ),
    ...flows.map(({ flowId, name }): Place => ({ kind: "flow", id: flowId, name: name === "" ? flowId : name })),
    ...rules.map(({ name }): Place => ({ kind: "rule", id: null, name })),
  ];
  if (places.length === 0) return;
  const listed = (kind: Place["kind"]) =>
    places
      .filter((place) => place.kind === kind)
      .map(({ name }) => name)
      .join(", ");
  const params = { numbers: listed("number"), flows: listed("flow"), rules: listed("rule") };
  throw new ApiError(409, "in-use", { params, places });
}
