import { beforeEach, describe, expect, test } from "vitest";
import { SwitchError } from "../calls/failure.ts";
import { newLegId, newPlayId, type PlayId } from "../calls/ids.ts";
import { until } from "../testing/until.ts";
import { LegPlayer, type Playback } from "./leg-player.ts";

const legId = newLegId();
const playback = (isRepeated = false): Playback => ({ playId: newPlayId(), argument: "/p/a.wav", isRepeated });

/** What a switch does: one playback at a time, broken on demand, each end reported. */
class Switch {
  started: PlayId[] = [];
  finished: PlayId[] = [];
  breaks = 0;
  /** Breaks that come before the playback has begun stop nothing. */
  ignoredBreaks = 0;
  failure: SwitchError | null = null;
  current: PlayId | null = null;
  readonly player = new LegPlayer({
    start: async (_, { playId }) => {
      if (this.failure) throw this.failure;
      this.started.push(playId);
      this.current = playId;
    },
    interrupt: async () => {
      this.breaks += 1;
      if (this.breaks > this.ignoredBreaks) setTimeout(() => this.end(), 5);
    },
    finished: (_, playId) => this.finished.push(playId),
  });

  end(wasKey = false): void {
    const playId = this.current;
    this.current = null;
    if (playId !== null) this.player.onComplete(legId, playId, wasKey);
  }
}

let one: Switch;
beforeEach(() => {
  one = new Switch();
});

describe("a leg's player", () => {
  test("reports the end of what ended by itself, once", async () => {
    const played = playback();
    await one.player.play(legId, played);
    one.end();
    one.player.onComplete(legId, played.playId, false);
    expect(one.finished).toEqual([played.playId]);
  });

  test("breaks what plays before it starts another, and does not report what was replaced", async () => {
    const [first, second] = [playback(), playback()];
    await one.player.play(legId, first);
    await one.player.play(legId, second);
    expect(one.started).toEqual([first.playId, second.playId]);
    expect(one.breaks).toBe(1);
    one.end();
    expect(one.finished).toEqual([second.playId]);
  });

  test("leaves what a key has ended to end by itself", async () => {
    const [first, second] = [playback(), playback()];
    await one.player.play(legId, first);
    one.player.onKey(legId);
    const playing = one.player.play(legId, second);
    one.end(true);
    await playing;
    expect(one.breaks).toBe(0);
    expect(one.started).toEqual([first.playId, second.playId]);
    expect(one.finished).toEqual([]);
  });

  test("breaks what a key did not end", async () => {
    const [first, second] = [playback(), playback()];
    await one.player.play(legId, first);
    one.player.onKey(legId);
    await one.player.play(legId, second);
    expect(one.breaks).toBe(1);
    expect(one.started).toEqual([first.playId, second.playId]);
  });

  test("of several at once only plays the latest", async () => {
    const all = [playback(), playback(), playback(), playback()] as const;
    await one.player.play(legId, all[0]);
    await Promise.all(all.slice(1).map((each) => one.player.play(legId, each)));
    expect(one.started).toEqual([all[0].playId, all[3].playId]);
    one.end();
    expect(one.finished).toEqual([all[3].playId]);
  });

  test("breaks again what had not begun when it was broken first", async () => {
    one.ignoredBreaks = 2;
    const played = playback();
    await one.player.play(legId, played);
    await one.player.stop(legId);
    expect(one.breaks).toBe(3);
    expect(one.finished).toEqual([played.playId]);
  });

  test("stops while another was to follow: that one never plays, and is reported", async () => {
    const [first, second] = [playback(), playback()];
    await one.player.play(legId, first);
    const replaced = one.player.play(legId, second);
    await Promise.all([replaced, one.player.stop(legId)]);
    expect(one.started).toEqual([first.playId]);
    expect(one.finished).toEqual([second.playId]);
  });

  test("repeats what is looped until a key ends it", async () => {
    const looped = playback(true);
    await one.player.play(legId, looped);
    await new Promise((resolve) => setTimeout(resolve, 220));
    one.end();
    await until("a second round", () => one.started.length === 2);
    expect(one.finished).toEqual([]);
    one.end(true);
    expect(one.finished).toEqual([looped.playId]);
  });

  test("does not repeat what ends at once", async () => {
    const looped = playback(true);
    await one.player.play(legId, looped);
    one.end();
    expect(one.finished).toEqual([looped.playId]);
    expect(one.started).toHaveLength(1);
  });

  test("rejects whoever waits when the leg goes away or the connection is lost, and reports nothing then", async () => {
    for (const [leave, reason] of [
      [() => one.player.forget(legId), "no-such-leg"],
      [() => one.player.forgetAll(), "socket-lost"],
    ] as const) {
      one.ignoredBreaks = Number.POSITIVE_INFINITY;
      await one.player.play(legId, playback());
      const stopping = one.player.stop(legId);
      leave();
      await expect(stopping).rejects.toMatchObject({ reason });
      one.end();
    }
    expect(one.finished).toEqual([]);
  });

  test("gives up after a deadline when the switch does not stop", { timeout: 10_000 }, async () => {
    one.ignoredBreaks = Number.POSITIVE_INFINITY;
    await one.player.play(legId, playback());
    await expect(one.player.stop(legId)).rejects.toMatchObject({ reason: "timeout" });
  });

  test("is free again after a playback that the switch refused", async () => {
    one.failure = new SwitchError("no-such-leg", "gone");
    await expect(one.player.play(legId, playback())).rejects.toMatchObject({ reason: "no-such-leg" });
    one.failure = null;
    const played = playback();
    await one.player.play(legId, played);
    expect(one.started).toEqual([played.playId]);
  });

  test("first silences a leg on which a former daemon may have played", async () => {
    one.current = newPlayId();
    one.player.adopt(legId);
    const [played, other] = [playback(), newLegId()];
    await one.player.play(legId, played);
    expect(one.breaks).toBe(1);
    expect(one.started).toEqual([played.playId]);
    one.player.adopt(other);
    // Nothing was playing there: it waits a moment and goes on.
    await one.player.play(other, playback());
    expect(one.started).toHaveLength(2);
  });
});
