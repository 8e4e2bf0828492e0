/** A signed-in panel without a browser: the API as tests use it. Shapes are asserted by the tests that read them. */
export class PanelClient {
  readonly #origin: string;
  readonly #fetch: typeof fetch;
  #cookie = "";

  /** @param ask how the panel is reached */
  constructor(origin: string, ask: typeof fetch = fetch) {
    this.#origin = origin;
    this.#fetch = ask;
  }

  async get<Answer>(path: string): Promise<Answer> {
    return await this.#ask<Answer>("GET", path);
  }
  async post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
    return await this.#ask<Answer>("POST", path, body);
  }
  async put<Answer>(path: string, body: unknown): Promise<Answer> {
    return await this.#ask<Answer>("PUT", path, body);
  }
  async patch<Answer>(path: string, body: unknown): Promise<Answer> {
    return await this.#ask<Answer>("PATCH", path, body);
  }
  async delete<Answer>(path: string): Promise<Answer> {
    return await this.#ask<Answer>("DELETE", path);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries({ "X-Hotline": "1", Origin: this.#origin, Cookie: this.#cookie })) {
      // What a test sends in their place is what it tries.
      if (!headers.has(name)) headers.set(name, value);
    }
    const response = await this.#fetch(`${this.#origin}/api${path}`, { ...init, headers });
    const cookie = response.headers.getSetCookie().at(-1);
    if (cookie !== undefined) this.#cookie = cookie.split(";")[0] ?? "";
    return response;
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.fetch(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Answer;
  }
}
