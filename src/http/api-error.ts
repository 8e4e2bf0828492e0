import type { ContentfulStatusCode } from "hono/utils/http-status";

/** A refusal with a word that the panel translates; never raw text. Thrown by handlers, answered by `createApi`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>> | undefined;
  /** Path of a field (`operators.0.extension`) to the code of what is wrong with it. */
  readonly fields: Readonly<Record<string, string>> | undefined;

  /** Where that is used which was to be deleted. */
  readonly places: readonly { kind: string; id: number | string | null; name: string }[] | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    details: {
      params?: Record<string, string | number>;
      fields?: Record<string, string>;
      places?: readonly { kind: string; id: number | string | null; name: string }[];
    } = {},
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.params = details.params;
    this.fields = details.fields;
    this.places = details.places;
  }

  body() {
    return {
      error: {
        code: this.code,
        ...(this.params ? { params: this.params } : {}),
        ...(this.fields ? { fields: this.fields } : {}),
        ...(this.places ? { places: this.places } : {}),
      },
    };
  }
}

export const notFound = () => new ApiError(404, "not-found");

/** One field that is right in itself, but not here (`taken`, say). */
export const fieldError = (status: 409 | 422, code: string, field: string, fieldCode = code) =>
  new ApiError(status, code, { fields: { [field]: fieldCode } });
