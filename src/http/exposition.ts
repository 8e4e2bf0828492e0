/** The text that Prometheus reads (exposition format 0.0.4): written here, since it is a page of rules. */

export interface Metric {
  name: string;
  help: string;
  type: "gauge" | "counter";
  /** Null and NaN are left out: what is not known is not 0. */
  values: readonly { labels?: Readonly<Record<string, string>>; value: number | boolean | null }[];
}

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, values }) => {
      const lines = values.flatMap(({ labels = {}, value }) => {
        const number = typeof value === "boolean" ? Number(value) : value;
        return number === null || Number.isNaN(number) ? [] : [`${name}${labelsOf(labels)} ${number}`];
      });
      return [`# HELP ${name} ${escape(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
    })
    .join("");
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
