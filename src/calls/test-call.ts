/** What an operator's phone dials to come into the call flow as a caller would: the flow can be tried where there is no line yet. */
export const TEST_CALL_CODE = "*80";
