/** How many characters people may type: the panel's fields take no more, and the API refuses more. */

/** Of a call flow. */
export const LONGEST_FLOW_NAME = 60;
/** Why a version of a call flow was published. */
export const LONGEST_NOTE = 200;
/** What is searched for, among calls and among missed callers. */
export const LONGEST_SEARCH = 100;
