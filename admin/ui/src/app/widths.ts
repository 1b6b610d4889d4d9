/** Below this the desk shows one pane at a time. */
export const NARROW = "(max-width: 62em)";
