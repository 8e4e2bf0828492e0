import { networkCards } from "./box/cards.ts";
import { askRoot, readBoxState } from "./box/request-folder.ts";
import type { BoxAnswer, BoxRequest, BoxState } from "./calls/box.ts";
import type { NetworkCard } from "./flows/box/check-network.ts";
import type { BoxOffice, HttpLogger, LeaveKind, LiveBoard } from "./http/ports.ts";

const LOOK_EVERY_MS = 1_000;

interface Options {
  log: HttpLogger;
  live: Pick<LiveBoard, "calls" | "onChange">;
  /** The site's; null before the first start is done. */
  timeZone: () => string | null;
  /** The clock was set at the box's screen, and with it what the site says. */
  onTimeZoneChanged: () => void;
  onChange: () => void;
  folder: string;
}

/** The machine that we run on, as far as root lets itself be asked. Nothing here decides: root checks everything again. */
export class Box implements BoxOffice {
  readonly #options: Options;
  readonly #folder: string;
  #state: BoxState | null = null;
  #shown = "";
  #leaving: { kind: LeaveKind; isGoing: boolean } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #stopListening: () => void = () => undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#folder = options.folder;
  }

  get state(): BoxState | null {
    return this.#state;
  }

  get leaving(): { kind: LeaveKind; isGoing: boolean } | null {
    return this.#leaving;
  }

  get cards(): NetworkCard[] {
    return networkCards();
  }

  async start(): Promise<void> {
    await this.#look();
    this.followTimeZone();
    this.#timer = setInterval(() => {
      this.#looking = this.#look().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, "the box is not seen"),
      );
    }, LOOK_EVERY_MS);
    this.#timer.unref();
    this.#stopListening = this.#options.live.onChange((what) => {
      if (what === "calls") this.#leaveIfQuiet();
    });
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopListening();
    await this.#looking;
  }

  async ask(request: BoxRequest): Promise<BoxAnswer> {
    const answer = await askRoot(this.#folder, request, { isByNetwork: true });
    await this.#look();
    return answer;
  }

  leave(kind: LeaveKind, { waits }: { waits: boolean }): void {
    if (this.#leaving?.isGoing === true) return;
    this.#leaving = { kind, isGoing: false };
    if (waits) this.#leaveIfQuiet();
    else this.#go(kind);
    this.#options.onChange();
  }

  stay(): void {
    if (this.#leaving === null || this.#leaving.isGoing) return;
    this.#leaving = null;
    this.#options.onChange();
  }

  /** The site's time zone is the machine's: for the owner there is one. */
  followTimeZone(): void {
    const [state, timeZone] = [this.#state, this.#options.timeZone()];
    if (state === null || !state.isManaged || timeZone === null || timeZone === state.timeZone) return;
    this.ask({ kind: "clock", timeZone, ntpServers: null }).then(
      ({ problem }) => {
        if (problem !== null) this.#options.log.warn({ problem }, "the machine keeps its time zone");
      },
      (error: unknown) => this.#options.log.warn({ err: error }, "the machine keeps its time zone"),
    );
  }

  #leaveIfQuiet(): void {
    const leaving = this.#leaving;
    if (leaving !== null && !leaving.isGoing && this.#options.live.calls().length === 0) this.#go(leaving.kind);
  }

  #go(kind: LeaveKind): void {
    this.#leaving = { kind, isGoing: true };
    this.#options.log.info({ kind }, "the machine is asked to go");
    const failed = (why: unknown) => {
      this.#leaving = null;
      this.#options.log.error({ err: why }, "the machine does not go");
      this.#options.onChange();
    };
    this.ask({ kind }).then(({ problem }) => {
      if (problem !== null) failed(problem);
    }, failed);
  }

  async #look(): Promise<void> {
    const before = this.#state;
    this.#state = await readBoxState(this.#folder);
    const shown = JSON.stringify([this.#state, this.cards]);
    if (shown !== this.#shown) this.#options.onChange();
    this.#shown = shown;
    if (before !== null && this.#state !== null && before.timeZone !== this.#state.timeZone)
      this.#options.onTimeZoneChanged();
  }
}
