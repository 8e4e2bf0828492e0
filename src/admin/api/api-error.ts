/** One place in which something is used. */
export interface UsedAt {
  /** `number`, `flow`, `rule`; others may come with time. */
  kind: string;
  id: number | string | null;
  name: string;
}

/** What the daemon (or the way to it) answered instead of what was asked for. `code` is a word of the API; the panel has a text for it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 when the daemon was not reached. */
  readonly status: number;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
  /** Path of a field (`operators.0.extension`) to the code of what is wrong with it. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where that is used which was to be deleted. */
  readonly places: readonly UsedAt[];

  constructor(
    status: number,
    code: string,
    params: Readonly<Record<string, string | number>> = {},
    fields: Readonly<Record<string, string>> = {},
    places: readonly UsedAt[] = [],
  ) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.params = params;
    this.fields = fields;
    this.places = places;
  }
}

/** Reads the API's error body. Anything else that came (a proxy's page, say) becomes `unexpected-answer`. */
export function readApiError(status: number, body: unknown): ApiError {
  if (typeof body === "object" && body !== null && "error" in body) {
    const error: unknown = body.error;
    if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
      const params = "params" in error ? recordOf(error.params, isParam) : {};
      const fields = "fields" in error ? recordOf(error.fields, isText) : {};
      const places = "places" in error && Array.isArray(error.places) ? error.places.filter(isPlace) : [];
      return new ApiError(status, error.code, params, fields, places);
    }
  }
  return new ApiError(status, "unexpected-answer", { status });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isPlace(value: unknown): value is UsedAt {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    isText(value.kind) &&
    "name" in value &&
    isText(value.name) &&
    "id" in value &&
    (value.id === null || isParam(value.id))
  );
}

function isParam(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function recordOf<Value>(source: unknown, accepts: (value: unknown) => value is Value): Record<string, Value> {
  const result: Record<string, Value> = {};
  if (typeof source !== "object" || source === null) return result;
  for (const [key, value] of Object.entries(source)) if (accepts(value)) result[key] = value;
  return result;
}
