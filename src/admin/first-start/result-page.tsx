import { Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import iconUrl from "../app/icon.svg";
import classes from "./first-start.module.css";

interface Props {
  title: string;
  lead: string;
  children: ReactNode;
  /** Its buttons. */
  footer: ReactNode;
}

/** What comes after the questions of the first start. */
export function ResultPage({ title, lead, children, footer }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className={classes["page"]}>
      <div className={classes["brand"]}>
        <img src={iconUrl} alt="" width={32} height={32} />
        Hotline
      </div>
      <div className={classes["card"]}>
        <Title order={1} ref={heading} tabIndex={-1} className={classes["heading"] ?? ""}>
          {title}
        </Title>
        <p className={classes["lead"]}>{lead}</p>
        {children}
        <div className={classes["footer"]}>{footer}</div>
      </div>
    </main>
  );
}
