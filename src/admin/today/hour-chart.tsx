import { VisuallyHidden } from "@mantine/core";
import type { Today } from "../api/client.ts";
import { useWords } from "../messages/language.tsx";
import classes from "./today.module.css";

const WIDTH = 480;
const HEIGHT = 120;
const FOOT = 18;

/** The hours that are worth showing: from the first call's to the last one's, but at least the usual working day. */
export function shownHours(byHour: Today["byHour"]): Today["byHour"] {
  const busy = byHour.filter(({ inbound }) => inbound > 0).map(({ hour }) => hour);
  const first = Math.min(9, ...busy);
  const last = Math.max(18, ...busy);
  const known = new Map(byHour.map((entry) => [entry.hour, entry]));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const hour = first + index;
    return known.get(hour) ?? { hour, inbound: 0, missed: 0 };
  });
}

/** Calls of today by the hour; the missed ones are the hatched foot of each bar. */
export function HourChart({ byHour }: { byHour: Today["byHour"] }) {
  const t = useWords();
  const hours = shownHours(byHour);
  const most = Math.max(4, ...hours.map(({ inbound }) => inbound));
  const step = WIDTH / hours.length;
  const bar = Math.min(26, step * 0.64);
  const heightOf = (count: number) => (count / most) * (HEIGHT - FOOT - 14);
  const ground = HEIGHT - FOOT;
  return (
    <>
      <svg className={classes["chart"]} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden>
        <defs>
          <pattern id="missed" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="5" height="5" fill="var(--bad)" />
            <rect width="1.6" height="5" fill="var(--surface)" />
          </pattern>
        </defs>
        <line x1="0" x2={WIDTH} y1={ground + 0.5} y2={ground + 0.5} stroke="var(--line-strong)" />
        {hours.map(({ hour, inbound, missed }, index) => {
          const x = index * step + (step - bar) / 2;
          const missedHeight = heightOf(missed);
          const restHeight = heightOf(inbound - missed);
          return (
            <g key={hour}>
              <rect x={x} y={ground - missedHeight} width={bar} height={missedHeight} fill="url(#missed)" />
              <rect
                x={x}
                y={ground - missedHeight - restHeight}
                width={bar}
                height={restHeight}
                rx="2"
                fill="var(--accent)"
              />
              {inbound > 0 && (
                <text
                  x={x + bar / 2}
                  y={ground - missedHeight - restHeight - 4}
                  textAnchor="middle"
                  fontSize="10.5"
                  fill="var(--ink-soft)"
                >
                  {inbound}
                </text>
              )}
              <text x={x + bar / 2} y={HEIGHT - 4} textAnchor="middle" fontSize="11" fill="var(--ink-soft)">
                {hour}
              </text>
            </g>
          );
        })}
      </svg>
      <div className={classes["legend"]} aria-hidden>
        <span>
          <i style={{ background: "var(--accent)" }} />
          {t("today.reached")}
        </span>
        <span>
          <i style={{ background: "repeating-linear-gradient(45deg, var(--bad) 0 3px, transparent 3px 5px)" }} />
          {t("today.missed")}
        </span>
      </div>
      <VisuallyHidden>
        <table>
          <caption>{t("today.byHour")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("today.hour")}</th>
              <th scope="col">{t("today.inbound")}</th>
              <th scope="col">{t("today.missed")}</th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ hour, inbound, missed }) => (
              <tr key={hour}>
                <th scope="row">{hour}:00</th>
                <td>{inbound}</td>
                <td>{missed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
