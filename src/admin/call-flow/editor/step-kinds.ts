import {
  IconArrowRight,
  IconClock,
  IconDatabaseSearch,
  IconGitBranch,
  IconHash,
  IconHeadset,
  IconLanguage,
  IconListNumbers,
  IconMessageCircle,
  IconPhoneCalling,
  IconPhoneEnd,
  IconPhoneOutgoing,
  IconPhonePlus,
  IconRecordMail,
  IconSpeakerphone,
  IconTag,
  IconUsersGroup,
  type TablerIcon,
} from "@tabler/icons-react";
import type { NodeType } from "./edit-document.ts";

export const STEP_ICONS: Record<NodeType, TablerIcon> = {
  language: IconLanguage,
  hours: IconClock,
  say: IconSpeakerphone,
  menu: IconListNumbers,
  "ring-group": IconUsersGroup,
  voicemail: IconRecordMail,
  "caller-branch": IconGitBranch,
  collect: IconHash,
  "look-up": IconDatabaseSearch,
  "say-values": IconMessageCircle,
  operator: IconHeadset,
  "dial-extension": IconPhonePlus,
  "outside-number": IconPhoneOutgoing,
  callback: IconPhoneCalling,
  tag: IconTag,
  "go-to-flow": IconArrowRight,
  "hang-up": IconPhoneEnd,
};

/** What one may add, by what it is for; the order is that of the dialog. */
export const STEP_GROUPS = [
  { name: "hear", types: ["say", "say-values"] },
  { name: "choose", types: ["menu", "language", "collect", "dial-extension"] },
  { name: "people", types: ["ring-group", "operator", "outside-number"] },
  { name: "absent", types: ["voicemail", "callback"] },
  { name: "decide", types: ["hours", "caller-branch", "look-up", "tag"] },
  { name: "end", types: ["hang-up", "go-to-flow"] },
] as const satisfies readonly { name: string; types: readonly NodeType[] }[];
