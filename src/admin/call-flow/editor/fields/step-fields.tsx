import type { FlowNode } from "../../../../flows/ivr/document.ts";
import { CallerBranchFields, GoToFlowFields, HoursFields, TagFields } from "./decide-fields.tsx";
import { CollectFields, DialExtensionFields } from "./digits-fields.tsx";
import { LanguageFields, MenuFields, SayFields, SayValuesFields } from "./listen-fields.tsx";
import { LookUpFields } from "./look-up-fields.tsx";
import {
  CallbackFields,
  OperatorFields,
  OutsideNumberFields,
  RingGroupFields,
  VoicemailFields,
} from "./people-fields.tsx";

interface Props {
  node: FlowNode;
  edit: (part: object, field: string) => void;
}

export function StepFields({ node, edit }: Props) {
  switch (node.type) {
    case "language":
      return <LanguageFields node={node} edit={edit} />;
    case "hours":
      return <HoursFields node={node} edit={edit} />;
    case "say":
      return <SayFields node={node} edit={edit} />;
    case "menu":
      return <MenuFields node={node} edit={edit} />;
    case "ring-group":
      return <RingGroupFields node={node} edit={edit} />;
    case "voicemail":
      return <VoicemailFields node={node} edit={edit} />;
    case "caller-branch":
      return <CallerBranchFields node={node} edit={edit} />;
    case "collect":
      return <CollectFields node={node} edit={edit} />;
    case "look-up":
      return <LookUpFields node={node} edit={edit} />;
    case "say-values":
      return <SayValuesFields node={node} edit={edit} />;
    case "operator":
      return <OperatorFields node={node} edit={edit} />;
    case "dial-extension":
      return <DialExtensionFields node={node} edit={edit} />;
    case "outside-number":
      return <OutsideNumberFields node={node} edit={edit} />;
    case "callback":
      return <CallbackFields node={node} edit={edit} />;
    case "tag":
      return <TagFields node={node} edit={edit} />;
    case "go-to-flow":
      return <GoToFlowFields node={node} edit={edit} />;
    case "hang-up":
      return null;
  }
}
