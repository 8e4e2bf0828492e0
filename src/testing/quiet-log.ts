/** A logger that keeps what was said, so that a test can ask for it. */
export interface KeptLog {
  lines: { level: "info" | "warn" | "error"; message: string; data: Record<string, unknown> }[];
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

export function keptLog(): KeptLog {
  const lines: KeptLog["lines"] = [];
  const at = (level: "info" | "warn" | "error") => (data: Record<string, unknown>, message: string) => {
    lines.push({ level, message, data });
  };
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}
