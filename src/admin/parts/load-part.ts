const RELOADED_AT = "hotline-reloaded-at";
const AGAIN_AFTER_MS = 60_000;
const ASK_AGAIN_MS = 2_000;

const doesBoxAnswer = () =>
  fetch("/api/status", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** What a part is drawn with is not asked for again by itself. @throws Error when it does not come now either */
async function loadMissingStyles(): Promise<void> {
  const links = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")];
  const missing = links.filter(({ sheet }) => sheet === null);
  await Promise.all(
    missing.map(
      (link) =>
        new Promise<void>((resolve, reject) => {
          const again = document.createElement("link");
          again.rel = "stylesheet";
          again.href = link.href;
          again.addEventListener("load", () => resolve());
          again.addEventListener("error", () => reject(new Error(`${link.href} does not come`)));
          link.replaceWith(again);
        }),
    ),
  );
}

/**
 * Loads what is no part of the panel's first file. While the box does not answer it is waited for: loaded anew, the window would be the
 * browser's own page of errors. After an update an open panel asks for parts that are no longer there: then the page is loaded anew, which
 * brings the new panel; but not over and over, should they be missing for another reason.
 * @throws what `load` throws, should it not help to load the page anew
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let tries = 0, didAnswer = false; ; tries += 1) {
    try {
      if (tries > 0) await loadMissingStyles();
      return await load();
    } catch (error) {
      const answers = await doesBoxAnswer();
      if (answers && didAnswer) {
        const before = Number(sessionStorage.getItem(RELOADED_AT) ?? "0");
        if (Date.now() - before < AGAIN_AFTER_MS) throw error;
        sessionStorage.setItem(RELOADED_AT, String(Date.now()));
        window.location.reload();
        return await new Promise<never>(() => {});
      }
      didAnswer = answers;
      // It may have come back between the two questions.
      if (!answers) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
}
