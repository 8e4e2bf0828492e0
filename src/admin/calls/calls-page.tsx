import { Button, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDownload, IconPhoneOff, IconSearchOff } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useLocation, useParams, useSearchParams } from "wouter";
import { type CallFilters, csvUrl, useCallPages } from "../api/calls.ts";
import { formatNumber } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { Page } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { Empty, Failure, Lines } from "../parts/states.tsx";
import { CallDetail } from "./call-detail.tsx";
import { CallFilterBar } from "./call-filters.tsx";
import { CallList } from "./call-list.tsx";
import classes from "./calls.module.css";
import { readFilters, writeFilters } from "./filters.ts";
import { PlaceFilter } from "./place-filter.tsx";

export function CallsPage() {
  const t = useWords();
  const { callId } = useParams<{ callId?: string }>();
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const filters = readFilters(search);
  const query = writeFilters(filters).toString();
  const suffix = query === "" ? "" : `?${query}`;

  const change = (part: CallFilters) => setSearch(writeFilters({ ...filters, ...part }), { replace: true });
  const linkTo = (id: string) => `/calls/${id}${suffix}`;

  return (
    <Page
      title={t("nav.calls")}
      actions={
        <Button
          component="a"
          href={csvUrl(filters)}
          download
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          {t("calls.export")}
        </Button>
      }
    >
      <div className={page["section"]}>
        <CallFilterBar filters={filters} change={change} />
        <PlaceFilter filters={filters} change={change} />
      </div>
      <Results filters={filters} openCallId={callId} linkTo={linkTo} clear={() => setSearch("", { replace: true })} />
      <Drawer
        opened={callId !== undefined}
        onClose={() => navigate(`/calls${suffix}`)}
        position="right"
        size={isNarrow ? "100%" : 620}
        title={t("call.title")}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {callId !== undefined && <CallDetail key={callId} callId={callId} />}
      </Drawer>
    </Page>
  );
}

interface ResultsProps {
  filters: CallFilters;
  openCallId: string | undefined;
  linkTo: (callId: string) => string;
  clear: () => void;
}

function Results({ filters, openCallId, linkTo, clear }: ResultsProps) {
  const t = useWords();
  const { language } = useLanguage();
  const pages = useCallPages(filters);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const foot = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = foot.current;
    if (element === null || !hasNextPage || isFetchingNextPage) return undefined;
    const watcher = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) void fetchNextPage();
      },
      { rootMargin: "400px" },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  const calls = pages.data?.pages.flatMap((part) => part.calls);
  const total = pages.data?.pages[0]?.total ?? 0;
  const isFiltered = Object.keys(filters).length > 0;
  const boxClass = `${page["section"]} ${page["sectionFlush"]}`;

  if (calls === undefined) {
    return (
      <div className={boxClass}>
        {pages.isError ? (
          <Failure error={pages.error} retry={() => void pages.refetch()} />
        ) : (
          <Lines count={10} height={24} />
        )}
      </div>
    );
  }
  if (calls.length === 0) {
    return (
      <div className={boxClass}>
        {isFiltered ? (
          <Empty icon={IconSearchOff} title={t("calls.noneFound")} text={t("calls.noneFoundText")}>
            <Button variant="default" mt="xs" onClick={clear}>
              {t("calls.filter.clear")}
            </Button>
          </Empty>
        ) : (
          <Empty icon={IconPhoneOff} title={t("calls.none")} text={t("calls.noneText")} />
        )}
      </div>
    );
  }
  return (
    <>
      <div className={classes["summary"]}>
        <span role="status">{t("calls.total", { count: total, shown: formatNumber(total, language) })}</span>
        {isFiltered && (
          <Button variant="subtle" size="compact-sm" onClick={clear}>
            {t("calls.filter.clear")}
          </Button>
        )}
      </div>
      <div className={boxClass} aria-busy={pages.isPlaceholderData}>
        <CallList calls={calls} openCallId={openCallId} linkTo={linkTo} />
        {hasNextPage && (
          <div className={classes["more"]} ref={foot}>
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("calls.more")}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}
